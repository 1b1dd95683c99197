//! The public page of a certificate: plain HTML without a script, an image or an address elsewhere. Pure.

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

use super::{Certificate, Standing};
use crate::error::Result;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1rem/1.55 system-ui,sans-serif;margin:0;padding:2rem 1rem;background:Canvas;color:CanvasText}\
main{max-width:42rem;margin:0 auto}\
h1{font-size:1.1rem;letter-spacing:.08em;text-transform:uppercase;margin:0 0 1.5rem}\
.standing{font-size:1.6rem;font-weight:700;margin:0 0 1rem;padding-left:.8rem;border-left:.4rem solid}\
.valid{border-color:#15803d}.revoked{border-color:#b91c1c}.unknown{border-color:#a16207}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.4rem 1.2rem}\
dt{opacity:.7}dd{margin:0;overflow-wrap:anywhere}\
pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.8rem;padding:.8rem;border:1px solid}";

/// The content security policy of the page: nothing but the one style above.
pub static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
});

/// What the page says of a code.
pub fn render(found: Option<&Certificate>) -> Result<String> {
    let (title, body) = match found {
        None => ("Unknown certificate".to_owned(), unknown()),
        Some(certificate) => (format!("{}: {}", certificate.title, certificate.recipient), known(certificate)?),
    };
    let title = escaped(&title);
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>Weak to Strong</h1>\n{body}</main>\n</body>\n</html>\n"
    ))
}

fn unknown() -> String {
    "<p class=\"standing unknown\">Unknown</p>\n<p>We have issued no certificate with this number. Compare it with the one on the \
     certificate; capitals, spaces and dashes do not count.</p>\n"
        .to_owned()
}

fn known(certificate: &Certificate) -> Result<String> {
    let standing = match (certificate.standing(), certificate.revoked_since()) {
        (Standing::Revoked, Some(since)) => {
            let day = since.format("%-d %B %Y");
            format!("<p class=\"standing revoked\">Revoked</p>\n<p>We issued this certificate. It has not been valid since {day}.</p>\n")
        }
        _ => "<p class=\"standing valid\">Valid</p>\n<p>We issued this certificate and it is valid.</p>\n".to_owned(),
    };
    let rows = [
        ("Recipient", certificate.recipient.as_str()),
        ("Certificate", &certificate.title),
        ("For", &certificate.statement),
        ("Issued", &certificate.issued_at.format("%-d %B %Y").to_string()),
        ("Number", &certificate.code),
        ("Key", certificate.kid.as_deref().unwrap_or_default()),
    ]
    .map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>\n", escaped(value)))
    .concat();
    let jws = certificate.jws()?;
    Ok(format!(
        "{standing}<dl>\n{rows}</dl>\n<h2>Verify it without us</h2>\n<p>The certificate is this signed statement (JWS, Ed25519). Our \
         public keys are at <a href=\"/certificates/keys.json\">/certificates/keys.json</a>. The signature says that we issued it; only this \
         page says whether it has been revoked since.</p>\n<pre>{jws}</pre>\n"
    ))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::db::ids::{CertificateId, TypedId, UserId};

    fn certificate(recipient: &str) -> Certificate {
        Certificate {
            id: CertificateId::generate(),
            user_id: UserId::generate(),
            kind: "web-track".to_owned(),
            code: "ABCDE".to_owned(),
            recipient: recipient.to_owned(),
            title: "Web Track".to_owned(),
            statement: "has passed.".to_owned(),
            evidence: Vec::new(),
            issued_at: DateTime::UNIX_EPOCH,
            kid: Some("k".to_owned()),
            signature: Some(vec![0; 64]),
            withdrawn_at: None,
            revoked_at: None,
            revocation_reason: None,
        }
    }

    #[test]
    fn a_name_is_text_and_nothing_else() {
        let page = render(Some(&certificate("<script>alert(1)</script>\" onload='x' &amp;"))).unwrap();
        assert!(!page.contains("<script") && !page.contains("onload='") && page.contains("&lt;script&gt;") && page.contains("&amp;amp;"));
        assert!(page.contains(">Valid<"));
    }

    #[test]
    fn a_revoked_one_and_an_unknown_one_say_so() {
        let withdrawn = Certificate { withdrawn_at: Some(DateTime::UNIX_EPOCH), ..certificate("Ada") };
        let page = render(Some(&withdrawn)).unwrap();
        assert!(page.contains(">Revoked<") && page.contains("1 January 1970") && !page.contains(">Valid<"));
        assert!(render(None).unwrap().contains(">Unknown<"));
        assert!(!page.contains("http://") && !page.contains("https://"));
    }
}
