//! A pod, and a transport whose answers are written down.

use k8s_in_cluster::asynchronous::{Client, Ready};
use k8s_in_cluster::client;
use k8s_in_cluster::cluster::Overrides;
use k8s_in_cluster::pod::{FileError, Pod};
use k8s_in_cluster::transport::{
    ConnectionError, ConnectionFailure, Exchange, Interest, RequestHead, ResponseHead, Transport,
};
use k8s_in_cluster_kube::k8s_in_cluster;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

/// An answer: its status, and what comes of its body.
pub(crate) struct Script(pub(crate) u16, pub(crate) Vec<Step>);

/// What comes of a body.
pub(crate) enum Step {
    Bytes(Vec<u8>),
    /// The connection is cut.
    Cut,
    /// Nothing comes any more.
    Silence,
}

/// The whole of an answer that is text.
pub(crate) fn answer(status: u16, body: impl ToString) -> Script {
    Script(status, vec![Step::Bytes(body.to_string().into_bytes())])
}

/// What was sent in one attempt.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent {
    /// The method, and the path with its query.
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Vec<u8>,
    /// Whether nobody waits for the answer any more.
    pub(crate) dropped: bool,
}

impl Sent {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Pod and transport in one, since a test wants to hold both.
#[derive(Clone, Default)]
pub(crate) struct Stage(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    scripts: VecDeque<Script>,
    sent: Vec<Sent>,
    /// Read one after the other; the last one stays.
    tokens: VecDeque<&'static str>,
    /// Goes on by as much as is slept.
    now: Duration,
}

impl Stage {
    /// A client of kube's over these answers, in a pod whose token file holds these tokens.
    pub(crate) fn client(
        tokens: &[&'static str],
        scripts: impl IntoIterator<Item = Script>,
    ) -> (kube_client::Client, Self) {
        let stage = Self::default();
        stage.state(|state| {
            state.scripts.extend(scripts);
            state.tokens.extend(tokens);
        });
        let core = client::Client::in_cluster(stage.clone(), stage.clone(), &Overrides::default());
        (k8s_in_cluster_kube::client(Client::from(core.unwrap())), stage)
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.state(|state| state.sent.clone())
    }

    fn state<R>(&self, with: impl FnOnce(&mut State) -> R) -> R {
        with(&mut self.0.lock().unwrap())
    }
}

impl Pod for Stage {
    fn variable(&self, name: &str) -> Option<String> {
        let value = match name {
            "KUBERNETES_SERVICE_HOST" => "10.96.0.1",
            "KUBERNETES_SERVICE_PORT" => "443",
            _ => return None,
        };
        Some(value.to_owned())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let text = match path.strip_prefix("/var/run/secrets/kubernetes.io/serviceaccount/") {
            Some("namespace") => "shop",
            Some("token") => self.state(|state| match state.tokens.len() {
                1 => state.tokens[0],
                _ => state.tokens.pop_front().unwrap(),
            }),
            _ => return Err(FileError::NotFound),
        };
        Ok(text.into())
    }

    fn now(&self) -> Duration {
        self.state(|state| state.now)
    }

    fn sleep(&self, time: Duration) {
        self.state(|state| state.now += time);
    }

    fn wall_clock(&self) -> Duration {
        self.now()
    }
}

impl Transport for Stage {
    type Exchange = Played;

    fn start(&self, head: &RequestHead<'_>) -> Result<Played, ConnectionError> {
        let authorization = head.authorization.as_ref().map(|value| value.expose().to_owned());
        self.state(|state| {
            state.sent.push(Sent {
                line: format!("{} {}", head.method, head.path_with_query),
                headers: head.headers.to_vec(),
                authorization,
                ..Sent::default()
            });
            let Script(status, body) = state.scripts.pop_front().expect("a request too many");
            let number = state.sent.len() - 1;
            Ok(Played { stage: self.clone(), number, status, body: body.into() })
        })
    }

    fn timer(&self, after: Duration) -> Moment {
        // Pauses are short; what ends a wait that is too long never does here.
        let comes = after < Duration::from_secs(60);
        if comes {
            self.sleep(after);
        }
        Moment { comes }
    }
}

/// One answer.
pub(crate) struct Played {
    stage: Stage,
    number: usize,
    status: u16,
    body: VecDeque<Step>,
}

impl Exchange for Played {
    type Pollable = Moment;

    fn write(&mut self, bytes: &[u8]) -> Result<usize, ConnectionError> {
        self.stage.state(|state| state.sent[self.number].body.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn finish(&mut self) -> Result<(), ConnectionError> {
        Ok(())
    }

    fn head(&mut self) -> Result<Option<ResponseHead>, ConnectionError> {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Ok(Some(ResponseHead { status: self.status, headers }))
    }

    fn read(&mut self, max: usize) -> Result<Option<Vec<u8>>, ConnectionError> {
        match self.body.pop_front() {
            None => Ok(None),
            Some(Step::Bytes(mut bytes)) => {
                if bytes.len() > max {
                    self.body.push_front(Step::Bytes(bytes.split_off(max)));
                }
                Ok(Some(bytes))
            }
            Some(Step::Cut) => {
                self.body.push_front(Step::Cut);
                let message = "the connection was cut".into();
                Err(ConnectionError { failure: ConnectionFailure::Terminated, code: "", message })
            }
            Some(Step::Silence) => {
                self.body.push_front(Step::Silence);
                Ok(Some(Vec::new()))
            }
        }
    }

    fn abort_body(&mut self) {}

    fn cancel(&mut self) {}

    fn close(&mut self) {}

    fn subscribe(&self, _: Interest) -> Moment {
        Moment { comes: !matches!(self.body.front(), Some(Step::Silence)) }
    }

    fn wait(&self, _: &[Interest], _: Duration, _: Duration) {}
}

impl Drop for Played {
    fn drop(&mut self) {
        self.stage.state(|state| state.sent[self.number].dropped = true);
    }
}

/// Comes at once, or never.
pub(crate) struct Moment {
    comes: bool,
}

impl Ready for Moment {
    type Future = Self;

    fn ready(self) -> Self {
        self
    }
}

impl Future for Moment {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.comes { Poll::Ready(()) } else { Poll::Pending }
    }
}
