//! Queries, as names and values.

use crate::percent::encode;
use alloc::string::String;

/// Appends `?name=value&…` to a path, encoded; nothing if there are no pairs.
pub(crate) fn append(path: &mut String, query: &[(String, String)]) {
    for (index, (name, value)) in query.iter().enumerate() {
        path.push(if index == 0 { '?' } else { '&' });
        encode(path, name, b"");
        path.push('=');
        encode(path, value, b"");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn appended(query: &[(&str, &str)]) -> String {
        let query: Vec<_> = query.iter().map(|&(n, v)| (n.to_owned(), v.to_owned())).collect();
        let mut path = "/api".to_owned();
        append(&mut path, &query);
        path
    }

    #[test]
    fn pairs_are_encoded_and_stay_in_order() {
        assert_eq!(appended(&[]), "/api");
        assert_eq!(appended(&[("limit", "2"), ("b", ""), ("a", "1")]), "/api?limit=2&b=&a=1");
        assert_eq!(
            appended(&[("labelSelector", "app in (a, b),tier!=x&y=z")]),
            "/api?labelSelector=app%20in%20%28a%2C%20b%29%2Ctier%21%3Dx%26y%3Dz"
        );
        assert_eq!(appended(&[("ä+", "\r\n#?/%")]), "/api?%C3%A4%2B=%0D%0A%23%3F%2F%25");
    }
}
