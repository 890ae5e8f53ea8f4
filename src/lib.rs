#![doc = include_str!("../README.md")]

pub mod admin;
pub mod api;
pub mod app;
pub mod catalogue;
pub mod cli;
pub mod clock;
pub mod config;
pub mod error;
pub mod jobs;
pub mod pages;
pub mod sample;
pub mod schedule;
pub mod serve;
pub mod source_book;
pub mod telemetry;
pub mod web;
