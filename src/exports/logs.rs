use super::bindings::exports::k8s::in_cluster::logs as wit;
use super::{Component, Exchange, client, length};
use crate::logs::{Log, LogOptions, Since};
use crate::wasi::timer;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::time::Duration;
use wasip2::io::poll::Pollable;
use wit::Error;

impl wit::Guest for Component {
    type Log = RefCell<Log<Exchange>>;

    fn open(
        namespace: Option<String>,
        pod: String,
        options: wit::LogOptions,
    ) -> Result<wit::Log, Error> {
        let log = client()?.open_log(namespace.as_deref(), &pod, &options.into())?;
        Ok(wit::Log::new(RefCell::new(log)))
    }
}

impl wit::GuestLog for RefCell<Log<Exchange>> {
    fn subscribe(&self) -> Pollable {
        let of_log = client().ok().and_then(|client| self.borrow().subscribe(client));
        of_log.unwrap_or_else(|| timer(Duration::ZERO))
    }

    fn lines(&self, max: u32) -> Result<Option<Vec<String>>, Error> {
        Ok(self.borrow_mut().lines(client()?, length(max.into()), false)?)
    }

    fn blocking_lines(&self, max: u32) -> Result<Option<Vec<String>>, Error> {
        Ok(self.borrow_mut().lines(client()?, length(max.into()), true)?)
    }

    fn read(&self, max: u64) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.borrow_mut().read(client()?, length(max), false)?)
    }

    fn blocking_read(&self, max: u64) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.borrow_mut().read(client()?, length(max), true)?)
    }
}

impl From<wit::LogOptions> for LogOptions {
    fn from(options: wit::LogOptions) -> Self {
        Self {
            container: options.container,
            previous: options.previous,
            since: options.since.map(|since| match since {
                wit::Since::Seconds(seconds) => Since::Seconds(seconds),
                wit::Since::Time(time) => Since::Time(time),
            }),
            tail_lines: options.tail_lines,
            timestamps: options.timestamps,
            limit_bytes: options.limit_bytes,
            follow: options.follow,
            limits: options.limits.map(Into::into).unwrap_or_default(),
        }
    }
}
