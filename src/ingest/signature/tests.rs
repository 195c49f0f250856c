use base64::{Engine as _, engine::general_purpose};

use super::*;

fn secrets(texts: &[&str]) -> Vec<SecretString> {
    texts.iter().map(|text| SecretString::from(*text)).collect()
}

#[test]
fn the_digest_is_that_of_rfc_4231() {
    let secret = SecretString::from("Jefe");
    let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(sign(&secret, None, b"what do ya want for nothing?"), expected);
}

#[test]
fn hex_and_base64_with_and_without_prefix_are_read() {
    let secret = &secrets(&["s3cret"])[0];
    let signature = sign(secret, None, b"body");
    let bytes = hex::decode(&signature).unwrap();
    let shapes = [
        signature.clone(),
        signature.to_uppercase(),
        format!(" sha256={signature} "),
        general_purpose::STANDARD.encode(&bytes),
        general_purpose::STANDARD_NO_PAD.encode(&bytes),
        general_purpose::URL_SAFE.encode(&bytes),
        format!("sha256={}", general_purpose::STANDARD.encode(&bytes)),
    ];
    for shape in shapes {
        assert_eq!(verify(&secrets(&["s3cret"]), Some(&shape), Covers::Body, b"body"), Ok(()), "{shape}");
    }
}

#[test]
fn either_of_two_secrets_will_do_and_no_other() {
    let both = secrets(&["new", "old"]);
    for text in ["new", "old"] {
        let signature = sign(&SecretString::from(text), None, b"body");
        assert_eq!(verify(&both, Some(&signature), Covers::Body, b"body"), Ok(()));
        assert_eq!(verify(&both, Some(&signature), Covers::Body, b"bodY"), Err(SignatureError::Mismatch));
    }
    let signature = sign(&SecretString::from("older"), None, b"body");
    assert_eq!(verify(&both, Some(&signature), Covers::Body, b"body"), Err(SignatureError::Mismatch));
    assert_eq!(verify(&[], Some(&signature), Covers::Body, b"body"), Err(SignatureError::Mismatch));
}

#[test]
fn what_is_no_signature_is_unreadable() {
    for text in ["", "sha256=", "abc", "zz", &"0".repeat(63), &"0".repeat(66), "schön"] {
        let found = verify(&secrets(&["s"]), Some(text), Covers::Body, b"");
        assert_eq!(found, Err(SignatureError::Unreadable), "{text}");
    }
    assert_eq!(verify(&secrets(&["s"]), None, Covers::Body, b""), Err(SignatureError::Missing));
}

#[test]
fn a_timestamp_is_signed_with_the_body_and_fresh_for_five_minutes() {
    let secret = &secrets(&["s"]);
    let now = Timestamp::from_millis(1_772_711_970_000);
    let check = |signed: &str, sent: Option<&str>| {
        let signature = sign(&secret[0], Some(signed), b"body");
        verify(secret, Some(&signature), Covers::Timestamped { timestamp: sent, now }, b"body")
    };
    for fresh in ["1772711970", "1772711670", "1772712270", "1772711970123", "2026-03-05T11:59:30Z"] {
        assert_eq!(check(fresh, Some(fresh)), Ok(()), "{fresh}");
    }
    for old in ["1772711669", "1772712271"] {
        assert_eq!(check(old, Some(old)), Err(SignatureError::Expired), "{old}");
    }
    assert_eq!(check("1772711970", Some("1772711971")), Err(SignatureError::Mismatch));
    assert_eq!(check("1772711970", None), Err(SignatureError::Timestamp));
    assert_eq!(check("now", Some("now")), Err(SignatureError::Timestamp));
    let bare = sign(&secret[0], None, b"body");
    let covers = Covers::Timestamped { timestamp: Some("1772711970"), now };
    assert_eq!(verify(secret, Some(&bare), covers, b"body"), Err(SignatureError::Mismatch));
}
