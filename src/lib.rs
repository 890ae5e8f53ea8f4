#![doc = include_str!("../README.md")]

pub mod admin;
pub mod api;
pub mod app;
pub mod catalogue;
pub mod cli;
pub mod clock;
pub mod config;
pub mod docs;
pub mod error;
pub mod exports;
pub mod jobs;
pub mod oai;
pub mod pages;
mod partners;
pub mod pins;
mod reports;
pub mod sample;
pub mod schedule;
pub mod serve;
pub mod source_book;
pub mod telemetry;
pub mod usage;
pub mod views;
pub mod web;
pub mod widget;
pub mod words;
mod xml;
