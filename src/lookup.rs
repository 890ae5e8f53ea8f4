//! What is asked of the store on somebody's behalf, and what the index says in its place while the store is away.
//!
//! A store that is known not to answer is not asked: whoever asks would wait for a connection, each of them, and be told
//! the same. When it answers again is for `nodes::registry` to find out, which goes on asking.

use std::collections::HashMap;

use index::Entry;
use schemas::{Assertion, Resource, ResourceId};

use crate::app::App;
use crate::catalogue::{Catalogue, CatalogueError, ResourceState, StorePlace};
use crate::error::AppError;

impl App {
    /// The store, to be asked on somebody's behalf.
    ///
    /// # Errors
    /// When it is known not to answer. A file is always asked: it answers or fails at once.
    pub fn store(&self) -> Result<&Catalogue, CatalogueError> {
        let is_server = matches!(self.catalogue.place(), StorePlace::Postgres(_));
        if is_server && self.standing.store_away_since().is_some() {
            return Err(CatalogueError::away());
        }
        Ok(&self.catalogue)
    }

    /// What stands under this id; `None` when there has never been a resource of it. While the store is away it is what the
    /// index holds.
    ///
    /// # Errors
    /// When neither can say: whether what the index does not hold was withdrawn, merged or never there is for the store.
    pub async fn resource_state(&self, id: &ResourceId) -> Result<Option<ResourceState>, AppError> {
        let told = match self.store() {
            Ok(store) => store.resource(id).await,
            Err(away) => Err(away),
        };
        match told {
            Err(error) if error.is_away() => {
                let mut held = self.held_in_index(std::slice::from_ref(id), error).await?;
                Ok(held.remove(id))
            }
            told => Ok(told?),
        }
    }

    /// What stands under each of these ids, as [`Catalogue::states`] gives it; while the store is away as the index holds
    /// it.
    ///
    /// # Errors
    /// When neither can say of all.
    pub async fn resource_states(&self, ids: &[ResourceId]) -> Result<HashMap<ResourceId, ResourceState>, AppError> {
        let told = match self.store() {
            Ok(store) => store.states(ids).await,
            Err(away) => Err(away),
        };
        match told {
            Err(error) if error.is_away() => self.held_in_index(ids, error).await,
            told => Ok(told?),
        }
    }

    /// Where the values of a resource come from; nothing while the store is away, which alone knows.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn assertions_if_told(&self, id: &ResourceId) -> Result<Vec<Assertion>, CatalogueError> {
        let told = match self.store() {
            Ok(store) => store.assertions_of(id).await,
            Err(away) => Err(away),
        };
        match told {
            Err(error) if error.is_away() => Ok(Vec::new()),
            told => told,
        }
    }

    /// These resources from the index, where it holds all of them.
    async fn held_in_index(
        &self,
        ids: &[ResourceId],
        away: CatalogueError,
    ) -> Result<HashMap<ResourceId, ResourceState>, AppError> {
        let found: Option<Vec<Resource>> = self.resources_in_index(ids).await?.into_iter().collect();
        let found = found.ok_or(away)?;
        // What is only searched and never shown is not kept.
        let entry = |resource| Entry { resource, full_description: None, age_ranges: Vec::new() };
        let live = |resource: Resource| (resource.id.clone(), ResourceState::Live(Box::new(entry(resource))));
        Ok(found.into_iter().map(live).collect())
    }
}
