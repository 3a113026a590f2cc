use super::super::fields::{Fields, any, names};

const OBJECT: &str = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","namespace":"n","uid":"u","resourceVersion":"7","labels":{"app":"web","a/b.c":"é\""},"managedFields":[{"manager":"m"}]},"spec":{"nodeName":"node","containers":[{"name":"x","image":"i","env":[{"name":"E"}]},{"name":"y"},3]},"status":{}}"#;

fn kept(fields: &Fields, value: &str) -> String {
    let mut out = String::new();
    fields.write(value, &mut out);
    assert!(serde_json::from_str::<serde_json::Value>(&out).is_ok(), "{out}");
    out
}

fn only(pointers: &[&str]) -> Fields {
    let pointers: Vec<_> = pointers.iter().map(|&pointer| pointer.to_owned()).collect();
    Fields::only(pointers.iter()).unwrap()
}

#[test]
fn pointers_are_read() {
    for (pointer, expected) in [
        ("/a/b", &["a", "b"][..]),
        (
            "/metadata/labels/app.kubernetes.io~1name",
            &["metadata", "labels", "app.kubernetes.io/name"],
        ),
        ("/~0~1~01", &["~/~1"]),
        ("/", &[""]),
        ("//é", &["", "é"]),
    ] {
        assert_eq!(names(pointer).unwrap(), expected, "{pointer}");
    }
    for none in ["", "a", "a/b", ".spec.nodeName", "/a~", "/a~2", "/~/a"] {
        let error = names(none).unwrap_err().to_string();
        assert!(error.ends_with(&format!("{none:?} is none")), "{error}");
    }
}

#[test]
fn all_but_who_wrote_which_field() {
    let expected = OBJECT.replace(r#","managedFields":[{"manager":"m"}]"#, "");
    assert_eq!(kept(&Fields::without_managed_fields(), OBJECT), expected);
    assert_eq!(kept(&Fields::all(), OBJECT), OBJECT);
    for (object, expected) in [
        (r#"{"metadata":{"managedFields":[]}}"#, r#"{"metadata":{}}"#),
        (r#"{"metadata":{"managedFields":[],"name":"a"}}"#, r#"{"metadata":{"name":"a"}}"#),
        (r#"{ "metadata" : { "a" : 1 , "managedFields" : [ ] } }"#, r#"{"metadata":{"a":1}}"#),
        (r#"{"spec":{"managedFields":[]}}"#, r#"{"spec":{"managedFields":[]}}"#),
        (r#"{"managedFields":[],"metadata":null}"#, r#"{"managedFields":[],"metadata":null}"#),
        ("{}", "{}"),
    ] {
        assert_eq!(kept(&Fields::without_managed_fields(), object), expected);
    }
}

#[test]
fn fields_that_were_named_and_what_makes_an_object_one() {
    let identity = r#""kind":"Pod","apiVersion":"v1","metadata":{"name":"a","namespace":"n","uid":"u","resourceVersion":"7""#;
    let spec = &OBJECT[OBJECT.find("},\"spec\"").unwrap()..OBJECT.find(",\"status\"").unwrap()];
    for (pointers, rest) in [
        (&[][..], "}"),
        (&["/spec/nodeName"][..], r#"},"spec":{"nodeName":"node"}"#),
        (&["/metadata/labels/a~1b.c"], r#","labels":{"a/b.c":"é\""}}"#),
        (&["/spec/containers/image"], r#"},"spec":{"containers":[{"image":"i"},{}]}"#),
        (
            &["/spec/containers/env/name", "/spec/containers/name"],
            r#"},"spec":{"containers":[{"name":"x","env":[{"name":"E"}]},{"name":"y"}]}"#,
        ),
        // The longer is within the shorter, whichever comes first.
        (&["/status", "/status/phase"], r#"},"status":{}"#),
        (&["/spec/containers/env", "/spec"], spec),
        (&["/spec/nodeName/deeper", "/nothing"], r#"},"spec":{}"#),
    ] {
        assert_eq!(kept(&only(pointers), OBJECT), format!("{{{identity}{rest}}}"), "{pointers:?}");
    }
}

#[test]
fn values_at_a_path_are_found_through_arrays() {
    let values = |pointer: &str| {
        let mut values = Vec::new();
        any(OBJECT, &names(pointer).unwrap(), &mut |value| {
            values.push(value.to_owned());
            false
        });
        values
    };
    assert_eq!(values("/spec/nodeName"), ["\"node\""]);
    assert_eq!(values("/spec/containers/name"), ["\"x\"", "\"y\""]);
    assert_eq!(values("/spec/containers/env/name"), ["\"E\""]);
    assert_eq!(values("/metadata/labels/a~1b.c"), ["\"é\\\"\""]);
    for none in ["/spec/nothing", "/spec/nodeName/deeper", "/status/a"] {
        assert!(values(none).is_empty(), "{none:?}");
    }
    let mut asked = 0;
    assert!(any(OBJECT, &names("/spec/containers/name").unwrap(), &mut |_| {
        asked += 1;
        true
    }));
    assert_eq!(asked, 1);
}
