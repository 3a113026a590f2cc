//! Making the calls of the table.

use super::call::{Call, Resource, Returned};
use super::run::Variables;
use host_test::pod::client::objects::{
    DeleteOptions, Deleted, GetOptions, ObjectAnswer, PendingAnswer, PendingDeletion, Scope,
    Selection, Target,
};
use host_test::pod::client::{Answer, PodClient, types};

/// How a call is made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// By the function that waits for the answer.
    Waiting,
    /// By the one that begins it, and asked until it is there.
    Asking,
}

impl Call {
    /// Makes the call in one of the ways, with the values of variables in place of their names. A list
    /// has one way.
    pub(crate) async fn make(
        &self,
        client: &mut PodClient,
        variables: &Variables,
        way: Way,
    ) -> Result<Returned, types::Error> {
        let fill = |text: &str| variables.fill(text);
        let within = |scope: &Scope| match scope {
            Scope::Namespace(name) => Scope::Namespace(fill(name)),
            other => other.clone(),
        };
        let target = |target: &Target| Target {
            name: fill(&target.name),
            scope: within(&target.scope),
            ..target.clone()
        };
        let answer = match self {
            Self::Get(object, options) => {
                let version = options.resource_version.as_deref().map(fill);
                let options = GetOptions { resource_version: version, ..options.clone() };
                let (object, options) = (target(object), Some(&options));
                match way {
                    Way::Waiting => client.get_object(&object, options).await,
                    Way::Asking => asked(client.begin_get(&object, options).await, client).await,
                }
            }
            Self::Create(Resource { resource, scope }, object, options) => {
                let (scope, object, options) = (within(scope), fill(object), Some(options));
                match way {
                    Way::Waiting => client.create(resource, &scope, &object, options).await,
                    Way::Asking => {
                        let begun = client.begin_create(resource, &scope, &object, options).await;
                        asked(begun, client).await
                    }
                }
            }
            Self::CreateSubresource(parent, object, options) => {
                let (parent, object, options) = (target(parent), fill(object), Some(options));
                match way {
                    Way::Waiting => client.create_subresource(&parent, &object, options).await,
                    Way::Asking => {
                        let begun = client.begin_create_subresource(&parent, &object, options);
                        asked(begun.await, client).await
                    }
                }
            }
            Self::Replace(object, with, options) => {
                let (object, with, options) = (target(object), fill(with), Some(options));
                match way {
                    Way::Waiting => client.replace(&object, &with, options).await,
                    Way::Asking => {
                        asked(client.begin_replace(&object, &with, options).await, client).await
                    }
                }
            }
            Self::Patch(object, kind, patch, options) => {
                let (object, patch, options) = (target(object), fill(patch), Some(options));
                match way {
                    Way::Waiting => client.patch(&object, *kind, &patch, options).await,
                    Way::Asking => {
                        let begun = client.begin_patch(&object, *kind, &patch, options).await;
                        asked(begun, client).await
                    }
                }
            }
            Self::Delete(object, options) => {
                let (object, options) = (target(object), filled(options, variables));
                match way {
                    Way::Waiting => client.delete(&object, Some(&options)).await,
                    Way::Asking => {
                        asked(client.begin_delete(&object, Some(&options)).await, client).await
                    }
                }
            }
            Self::Evict(pod, options) => {
                let (scope, options) = (Scope::OwnNamespace, filled(options, variables));
                match way {
                    Way::Waiting => client.evict(&scope, pod, Some(&options)).await,
                    Way::Asking => {
                        asked(client.begin_evict(&scope, pod, Some(&options)).await, client).await
                    }
                }
            }
            Self::DeleteCollection(Resource { resource, scope }, selection, options) => {
                let selection = filled_selection(selection, variables);
                let (scope, options) = (within(scope), filled(options, variables));
                let options = Some(&options);
                let deleted = match way {
                    Way::Waiting => client
                        .delete_collection(resource, &scope, &selection, options)
                        .await
                        .unwrap(),
                    Way::Asking => {
                        let begun =
                            client.begin_delete_collection(resource, &scope, &selection, options);
                        deleted(begun.await, client).await
                    }
                };
                return deleted.map(Returned::Deleted);
            }
            Self::List(Resource { resource, scope }, options) => {
                let mut options = options.clone();
                options.resource_version = options.resource_version.as_deref().map(fill);
                options.continue_token = options.continue_token.as_deref().map(fill);
                options.selection = filled_selection(&options.selection, variables);
                let scope = within(scope);
                let listing = client.list(resource, &scope, Some(&options)).await.unwrap()?;
                let mut all = Vec::new();
                while let Some(items) = listing.blocking_next(client, 2).await.unwrap()? {
                    assert!((1..=2).contains(&items.len()));
                    all.extend(items);
                }
                let metadata = listing.metadata(client).await.unwrap();
                listing.drop(client).await.unwrap();
                return Ok(Returned::Items(all, metadata));
            }
        };
        answer.unwrap().map(Returned::Object)
    }
}

/// The answer to a call that was begun, by its pollable.
async fn asked(begun: Answer<PendingAnswer>, client: &mut PodClient) -> Answer<ObjectAnswer> {
    let pending = match begun? {
        Ok(pending) => pending,
        Err(error) => return Ok(Err(error)),
    };
    let result = loop {
        match pending.answer(client).await? {
            Ok(None) => {
                let pollable = pending.subscribe(client).await?;
                client.wait(pollable).await?;
            }
            Ok(Some(answer)) => break Ok(answer),
            Err(error) => break Err(error),
        }
    };
    pending.drop(client).await?;
    Ok(result)
}

/// The same, of a collection.
async fn deleted(
    begun: Answer<PendingDeletion>,
    client: &mut PodClient,
) -> Result<Deleted, types::Error> {
    let pending = begun.unwrap()?;
    let result = loop {
        match pending.deleted(client).await.unwrap() {
            Ok(None) => {
                let pollable = pending.subscribe(client).await.unwrap();
                client.wait(pollable).await.unwrap();
            }
            Ok(Some(deleted)) => break Ok(deleted),
            Err(error) => break Err(error),
        }
    };
    pending.drop(client).await.unwrap();
    result
}

fn filled(options: &DeleteOptions, variables: &Variables) -> DeleteOptions {
    let fill = |text: &Option<String>| text.as_deref().map(|text| variables.fill(text));
    DeleteOptions {
        precondition_uid: fill(&options.precondition_uid),
        precondition_resource_version: fill(&options.precondition_resource_version),
        ..options.clone()
    }
}

fn filled_selection(selection: &Selection, variables: &Variables) -> Selection {
    let fill = |text: &Option<String>| text.as_deref().map(|text| variables.fill(text));
    Selection {
        label_selector: fill(&selection.label_selector),
        field_selector: fill(&selection.field_selector),
    }
}
