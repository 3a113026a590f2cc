//! An object that is made or changed, depending on whether it is there: [`Api::entry`].

use super::{Api, PostParams, Resource};
use crate::kube::{Error, Result};
use alloc::borrow::ToOwned;
use alloc::string::String;
use serde::Serialize;
use serde::de::DeserializeOwned;

impl<K: Resource + DeserializeOwned> Api<K> {
    /// Looks for an object, in order to create or to change it. Only [`OccupiedEntry::commit`]
    /// writes anything.
    ///
    /// ```
    /// use k8s_in_cluster::kube::{Api, Client, api::PostParams};
    /// use k8s_openapi::api::core::v1::ConfigMap;
    ///
    /// async fn open_the_shop(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    ///     let maps: Api<ConfigMap> = Api::default_namespaced(client);
    ///     let mut entry = maps.entry("shop").await?.or_insert(ConfigMap::default);
    ///     entry.get_mut().data.get_or_insert_default().insert("open".into(), "yes".into());
    ///     entry.commit(&PostParams::default()).await?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Api::get_opt`].
    pub async fn entry<'a>(&'a self, name: &'a str) -> Result<Entry<'a, K>> {
        let vacant = VacantEntry { api: self, name };
        Ok(match self.get_opt(name).await? {
            Some(object) => Entry::Occupied(vacant.filled(object, State::Saved)),
            None => Entry::Vacant(vacant),
        })
    }
}

/// The place of an object.
#[derive(Debug)]
pub enum Entry<'a, K> {
    /// The object is there, or is to be created.
    Occupied(OccupiedEntry<'a, K>),
    /// There is none.
    Vacant(VacantEntry<'a, K>),
}

impl<'a, K> Entry<'a, K> {
    /// The object, if there is one.
    pub fn get(&self) -> Option<&K> {
        match self {
            Self::Occupied(entry) => Some(entry.get()),
            Self::Vacant(_) => None,
        }
    }

    /// The object to be changed, if there is one.
    pub fn get_mut(&mut self) -> Option<&mut K> {
        match self {
            Self::Occupied(entry) => Some(entry.get_mut()),
            Self::Vacant(_) => None,
        }
    }

    /// Changes the object, if there is one.
    #[must_use]
    pub fn and_modify(self, change: impl FnOnce(&mut K)) -> Self {
        match self {
            Self::Occupied(entry) => Self::Occupied(entry.and_modify(change)),
            vacant @ Self::Vacant(_) => vacant,
        }
    }

    /// The object, or this one if there is none.
    pub fn or_insert(self, object: impl FnOnce() -> K) -> OccupiedEntry<'a, K> {
        match self {
            Self::Occupied(entry) => entry,
            Self::Vacant(entry) => entry.insert(object()),
        }
    }
}

/// The place of an object that is not there.
#[derive(Debug)]
pub struct VacantEntry<'a, K> {
    api: &'a Api<K>,
    name: &'a str,
}

impl<'a, K> VacantEntry<'a, K> {
    /// Puts an object there, which [`OccupiedEntry::commit`] creates.
    pub fn insert(self, object: K) -> OccupiedEntry<'a, K> {
        self.filled(object, State::New)
    }

    fn filled(self, object: K, state: State) -> OccupiedEntry<'a, K> {
        OccupiedEntry { place: self, object, state }
    }
}

/// The place of an object that is there, or is to be created.
#[derive(Debug)]
pub struct OccupiedEntry<'a, K> {
    place: VacantEntry<'a, K>,
    object: K,
    state: State,
}

/// What the server knows of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Saved,
    Changed,
    New,
}

impl<K> OccupiedEntry<'_, K> {
    /// The object.
    pub fn get(&self) -> &K {
        &self.object
    }

    /// The object to be changed.
    pub fn get_mut(&mut self) -> &mut K {
        if self.state == State::Saved {
            self.state = State::Changed;
        }
        &mut self.object
    }

    /// Changes the object.
    #[must_use]
    pub fn and_modify(mut self, change: impl FnOnce(&mut K)) -> Self {
        change(self.get_mut());
        self
    }

    /// The object alone.
    pub fn into_object(self) -> K {
        self.object
    }

    /// Has the server create or replace the object, and keeps the answer. An object that was not
    /// changed is not sent.
    ///
    /// If the object has no name or namespace, it gets those of its place.
    ///
    /// # Errors
    ///
    /// [`CommitError::Validate`] if the object does not belong in its place, and
    /// [`CommitError::Save`] otherwise. If somebody else was first, that has an [`Error::Api`]
    /// which is `is_already_exists` or `is_conflict`: look for the object again, and change that
    /// one.
    pub async fn commit(&mut self, params: &PostParams) -> Result<(), CommitError>
    where
        K: Resource + Serialize + DeserializeOwned,
    {
        self.validate()?;
        let VacantEntry { api, name } = self.place;
        self.object = match self.state {
            State::Saved => return Ok(()),
            State::Changed => api.replace(name, params, &self.object).await,
            State::New => api.create(params, &self.object).await,
        }
        .map_err(CommitError::Save)?;
        if !params.dry_run {
            self.state = State::Saved;
        }
        Ok(())
    }

    /// Whether the object is one for its place. What it does not say of that is set.
    fn validate(&mut self) -> Result<(), CommitValidationError>
    where
        K: Resource,
    {
        let metadata = self.object.meta_mut();
        let expected = self.place.name;
        let name = metadata.name.get_or_insert_with(|| expected.to_owned());
        if name != expected {
            let (object_name, expected) = (name.clone(), expected.to_owned());
            return Err(CommitValidationError::NameMismatch { object_name, expected });
        }
        let expected = self.place.api.namespace();
        if metadata.namespace.is_none() {
            metadata.namespace = expected.map(str::to_owned);
        }
        if metadata.namespace.as_deref() != expected {
            return Err(CommitValidationError::NamespaceMismatch {
                object_namespace: metadata.namespace.clone(),
                expected: expected.map(str::to_owned),
            });
        }
        match &metadata.generate_name {
            Some(name) => {
                Err(CommitValidationError::GenerateName { object_generate_name: name.clone() })
            }
            None => Ok(()),
        }
    }
}

/// Why an object was not saved.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// It does not belong in its place: nothing was sent.
    #[error("the object was not sent: {0}")]
    Validate(#[from] CommitValidationError),
    /// It was sent, or could not be.
    #[error(transparent)]
    Save(Error),
}

/// Why an object does not belong in its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitValidationError {
    /// It has another name.
    #[error("its name is {object_name}, and not {expected}, which was looked for")]
    NameMismatch {
        /// The one that it has.
        object_name: String,
        /// The one that was looked for.
        expected: String,
    },
    /// It is of another namespace.
    #[error(
        "its namespace is {}, and that of the Api is {}",
        object_namespace.as_deref().unwrap_or("not set"),
        expected.as_deref().unwrap_or("not set")
    )]
    NamespaceMismatch {
        /// The one that it says.
        object_namespace: Option<String>,
        /// The one of the `Api`.
        expected: Option<String>,
    },
    /// The server is to give it a name.
    #[error("its generateName is {object_generate_name}: its name is known already")]
    GenerateName {
        /// How that would begin.
        object_generate_name: String,
    },
}
