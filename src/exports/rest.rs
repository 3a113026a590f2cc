use super::bindings::exports::k8s::in_cluster::rest as wit;
use super::{Component, Exchange, PodClient, client, length};
use crate::Impersonation;
use crate::client::{Call, Head, InvalidRequest, Limits, Request, Upload};
use crate::transport::Interest;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::time::Duration;
use wasip2::io::poll::Pollable;
use wit::Error;

impl wit::Guest for Component {
    type RequestBody = RequestBody;
    type PendingResponse = PendingResponse;
    type ResponseBody = ResponseBody;

    fn send(request: wit::Request, body: Option<Vec<u8>>) -> Result<wit::Response, Error> {
        let response = client()?.send(request.into(), body)?;
        Ok(wit::Response { head: response.head.into(), body: response.body })
    }

    fn open(request: wit::Request, body: Option<Vec<u8>>) -> Result<wit::PendingResponse, Error> {
        let client = client()?;
        let call = client.open(request.into(), body)?;
        Ok(wit::PendingResponse::new(PendingResponse::new(Shared::new(client, call))))
    }

    fn upload(
        request: wit::Request,
        content_length: Option<u64>,
    ) -> Result<(wit::RequestBody, wit::PendingResponse), Error> {
        let client = client()?;
        let (upload, call) = client.upload(request.into(), content_length)?;
        let shared = Shared::new(client, call);
        let body = RequestBody { shared: Rc::clone(&shared), upload: RefCell::new(upload) };
        Ok((wit::RequestBody::new(body), wit::PendingResponse::new(PendingResponse::new(shared))))
    }
}

/// One call, held by each resource that is a part of it: what one of them drops
/// stays alive for the others.
struct Shared {
    client: &'static PodClient,
    call: RefCell<Call<Exchange>>,
}

impl Shared {
    fn new(client: &'static PodClient, call: Call<Exchange>) -> Rc<Self> {
        Rc::new(Self { client, call: RefCell::new(call) })
    }

    fn subscribe(&self, interest: Interest) -> Pollable {
        self.call.borrow().subscribe(self.client, interest)
    }
}

pub(super) struct RequestBody {
    shared: Rc<Shared>,
    upload: RefCell<Upload>,
}

impl wit::GuestRequestBody for RequestBody {
    fn subscribe(&self) -> Pollable {
        self.shared.subscribe(Interest::Write)
    }

    fn write(&self, bytes: Vec<u8>) -> Result<u64, Error> {
        let Shared { client, call } = &*self.shared;
        let count = call.borrow_mut().write(client, &mut self.upload.borrow_mut(), &bytes)?;
        Ok(count as u64)
    }

    fn blocking_write(&self, bytes: Vec<u8>) -> Result<(), Error> {
        let Shared { client, call } = &*self.shared;
        Ok(call.borrow_mut().write_all(client, &mut self.upload.borrow_mut(), &bytes)?)
    }

    fn finish(&self) -> Result<(), Error> {
        Ok(self.shared.call.borrow_mut().finish(&mut self.upload.borrow_mut())?)
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        self.shared.call.borrow_mut().abort(&self.upload.borrow());
    }
}

pub(super) struct PendingResponse {
    shared: Rc<Shared>,
    answered: Cell<bool>,
}

impl PendingResponse {
    fn new(shared: Rc<Shared>) -> Self {
        Self { shared, answered: Cell::new(false) }
    }

    fn answer(&self, head: Head) -> (wit::ResponseHead, wit::ResponseBody) {
        self.answered.set(true);
        let body = ResponseBody { shared: Rc::clone(&self.shared) };
        (head.into(), wit::ResponseBody::new(body))
    }
}

impl wit::GuestPendingResponse for PendingResponse {
    fn subscribe(&self) -> Pollable {
        self.shared.subscribe(Interest::Head)
    }

    fn response(&self) -> Result<Option<(wit::ResponseHead, wit::ResponseBody)>, Error> {
        let Shared { client, call } = &*self.shared;
        let head = call.borrow_mut().head(client)?;
        Ok(head.map(|head| self.answer(head)))
    }

    fn blocking_response(&self) -> Result<(wit::ResponseHead, wit::ResponseBody), Error> {
        let Shared { client, call } = &*self.shared;
        let head = call.borrow_mut().wait_for_head(client)?;
        Ok(self.answer(head))
    }
}

impl Drop for PendingResponse {
    fn drop(&mut self) {
        if !self.answered.get() {
            self.shared.call.borrow_mut().cancel();
        }
    }
}

pub(super) struct ResponseBody {
    shared: Rc<Shared>,
}

impl wit::GuestResponseBody for ResponseBody {
    fn subscribe(&self) -> Pollable {
        self.shared.subscribe(Interest::Read)
    }

    fn read(&self, max: u64) -> Result<Option<Vec<u8>>, Error> {
        let Shared { client, call } = &*self.shared;
        Ok(call.borrow_mut().read(client, length(max))?)
    }

    fn blocking_read(&self, max: u64) -> Result<Option<Vec<u8>>, Error> {
        let Shared { client, call } = &*self.shared;
        Ok(call.borrow_mut().wait_for_bytes(client, length(max))?)
    }

    fn into_error(this: wit::ResponseBody) -> Error {
        let this: ResponseBody = this.into_inner();
        let Shared { client, call } = &*this.shared;
        call.borrow_mut().take_error(client).into()
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        self.shared.call.borrow_mut().close();
    }
}

impl From<InvalidRequest> for Error {
    fn from(error: InvalidRequest) -> Self {
        crate::Error::from(error).into()
    }
}

impl From<wit::Request> for Request {
    fn from(request: wit::Request) -> Self {
        Self {
            method: request.method,
            path: request.path,
            query: request.query,
            headers: request.headers,
            impersonate: request.impersonate.map(Into::into),
            compress: request.compress,
            limits: request.limits.map(Into::into).unwrap_or_default(),
        }
    }
}

impl From<wit::Impersonation> for Impersonation {
    fn from(impersonation: wit::Impersonation) -> Self {
        Self {
            user: impersonation.user,
            groups: impersonation.groups,
            uid: impersonation.uid,
            extra: impersonation.extra,
        }
    }
}

impl From<wit::Limits> for Limits {
    #[inline(never)]
    fn from(limits: wit::Limits) -> Self {
        Self {
            deadline: limits.deadline.map(Duration::from_nanos),
            connect: limits.connect_timeout.map(Duration::from_nanos),
            first_byte: limits.first_byte_timeout.map(Duration::from_nanos),
            between_bytes: limits.between_bytes_timeout.map(Duration::from_nanos),
            max_buffered: limits.max_buffered,
            retries: limits.retries,
        }
    }
}

impl From<Head> for wit::ResponseHead {
    fn from(head: Head) -> Self {
        Self { status: head.status, headers: head.headers, warnings: head.warnings }
    }
}
