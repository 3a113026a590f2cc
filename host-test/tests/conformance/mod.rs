//! What a caller asks of `objects`, what goes over the wire, and what the API server answers: one table.
//!
//! It is run against two servers, and on each of them twice: by the functions that wait for the answer, and by those that
//! begin the call. Against [`ApiServer`](host_test::api_server::ApiServer), which gives the answers of the table, the bytes
//! that it was sent are checked. Against a real API server, the answers are: so that the table is true.

mod call;
mod case;
mod cluster;
mod configmaps;
mod custom;
mod deployments;
mod lists;
mod make;
mod pods;
mod refusals;
mod run;
mod verbs;

pub(crate) use case::Exchange;
pub(crate) use make::Way;
pub(crate) use run::{Server, run};

use case::Case;

/// All of the table, in parts that each need an empty namespace.
pub(crate) fn parts() -> Vec<Vec<Case>> {
    let mut parts = vec![
        configmaps::cases(),
        pods::cases(),
        deployments::cases(),
        custom::cases(),
        cluster::cases(),
        lists::cases(),
        refusals::cases(),
    ];
    parts.extend(verbs::parts());
    parts
}
