//! Answers of a real kube-apiserver v1.36, as they were recorded.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, DATE, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue, StatusCode};

use super::answer::Answer;

/// A recorded answer that is not one.
#[derive(Debug, thiserror::Error)]
#[error("the recorded answer {file} cannot be read: {reason}")]
pub struct RecordedError {
    /// The name of the file.
    pub(super) file: &'static str,
    /// What is wrong with it.
    pub(super) reason: &'static str,
}

macro_rules! recordings {
    ($($name:ident: $file:literal,)*) => {
        /// Every recorded answer.
        pub(super) struct Recordings {
            $(#[doc = $file] pub(super) $name: Answer,)*
        }

        impl Recordings {
            /// Reads the recorded answers.
            pub(super) fn load() -> Result<Self, RecordedError> {
                Ok(Self {
                    $($name: parse(include_bytes!(concat!("../../recorded/", $file)))
                        .map_err(|reason| RecordedError { file: $file, reason })?,)*
                })
            }

            /// Each with the name of its file, and the file itself.
            #[cfg(test)]
            fn each(&self) -> Vec<(&'static str, &Answer, &'static [u8])> {
                vec![$(($file, &self.$name, include_bytes!(concat!("../../recorded/", $file))),)*]
            }
        }
    };
}

recordings! {
    api: "api.http",
    api_aggregated: "api-aggregated.http",
    api_v1: "api-v1.http",
    apis_aggregated: "apis-aggregated.http",
    apply_201: "apply-201.http",
    can_i: "can-i.http",
    error_400: "error-400.http",
    error_401: "error-401.http",
    error_403: "error-403.http",
    error_403_anonymous: "error-403-anonymous.http",
    error_403_path: "error-404-path.http",
    error_404: "error-404.http",
    error_409_apply_conflict: "error-409-apply-conflict.http",
    error_409_exists: "error-409-exists.http",
    error_415: "error-415.http",
    error_422: "error-422.http",
    merge_patch_200: "merge-patch-200.http",
    openapi_v3_index: "openapi-v3-index.http",
    pod: "pod.http",
    pods_limit_2: "pods-limit-2.http",
    pods_metadata: "pods-metadata.http",
    pods_table: "pods-table.http",
    version: "version.http",
    warning_unknown_field: "warning-unknown-field.http",
    watch: "watch.http",
    whoami: "whoami.http",
}

/// Reads a status line, headers and a body. The headers that frame or date the answer are left to the connection it goes out on.
fn parse(file: &'static [u8]) -> Result<Answer, &'static str> {
    let end = file
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .ok_or("no empty line ends the headers")?;
    let head = std::str::from_utf8(&file[..end]).map_err(|_| "its headers are not UTF-8")?;
    let mut lines = head.split("\r\n");

    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1.1 "))
        .and_then(|line| line.get(..3))
        .and_then(|code| StatusCode::from_bytes(code.as_bytes()).ok())
        .ok_or("it does not begin with a status line")?;

    let mut answer = Answer::new(status).with_body(Bytes::from_static(&file[end + 4..]));
    for line in lines {
        let (name, value) = line.split_once(':').ok_or("a header has no colon")?;
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| "a header's name")?;
        let value = HeaderValue::from_static(value.trim());
        if name == TRANSFER_ENCODING {
            answer.chunked = true;
        } else if name != CONTENT_LENGTH && name != DATE {
            answer.headers.append(name, value);
        }
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::api_server::status::Status;

    #[test]
    fn each_recording_is_read_whole() {
        let recordings = Recordings::load().unwrap();
        for (file, answer, bytes) in recordings.each() {
            let text = std::str::from_utf8(bytes).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert_eq!(answer.body, body, "{file}");
            assert_eq!(&head[9..12], answer.status.as_str(), "{file}");
            assert_eq!(head.contains("Transfer-Encoding"), answer.chunked, "{file}");
            // The status line, the date, and one header that says how the body was framed.
            assert_eq!(head.lines().count() - 3, answer.headers.len(), "{file}");
            if let Some((_, length)) = head.split_once("Content-Length: ") {
                let length: usize = length.lines().next().unwrap().parse().unwrap();
                assert_eq!(length, answer.body.len(), "{file}");
            }
        }
    }

    #[test]
    fn each_recorded_status_survives_being_read_and_written() {
        let recordings = Recordings::load().unwrap();
        let errors = recordings.each().into_iter().filter(|(file, ..)| file.starts_with("error-"));
        let mut count = 0;
        for (file, answer, _) in errors {
            let status: Status = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!(status.code, answer.status.as_u16(), "{file}");
            assert_eq!(answer.clone().with_json(&status).body, answer.body, "{file}");
            count += 1;
        }
        assert!(count >= 10, "only {count} errors");
    }

    #[test]
    fn what_is_no_recording_is_refused() {
        assert!(parse(b"HTTP/1.1 200 OK\r\n").is_err());
        assert!(parse(b"200 OK\r\n\r\n").is_err());
        assert!(parse(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n").is_err());
    }
}
