//! What an account's fields may hold. Pure.

use super::Registration;

const EMAIL_BYTES_MAX: usize = 254;
const EMAIL_LOCAL_BYTES_MAX: usize = 64;
const DISPLAY_NAME_CHARACTERS_MAX: usize = 50;
const REASON_CHARACTERS_MAX: usize = 500;

/// Which field of the input breaks a rule, and which rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    pub field: &'static str,
    pub message: String,
}

impl Malformed {
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}

/// The checked fields, as they are stored.
pub(super) struct Fields {
    pub email: String,
    pub display_name: String,
    pub time_zone: String,
}

pub(super) fn check(registration: &Registration) -> Result<Fields, Malformed> {
    Ok(Fields {
        email: email(&registration.email)?,
        display_name: display_name(&registration.display_name)?,
        time_zone: time_zone(&registration.time_zone)?,
    })
}

/// The form in which addresses are stored and compared. Cut, so that a giant input stays cheap.
pub(super) fn normal_email(text: &str) -> String {
    text.trim().chars().take(EMAIL_BYTES_MAX + 1).collect::<String>().to_ascii_lowercase()
}

/// The shape only; that it exists is shown by a mail that arrives.
fn email(text: &str) -> Result<String, Malformed> {
    let malformed =
        || Malformed::new("email", "The e-mail address is not one of the form name@example.org, in ASCII, of at most 254 characters.");
    let email = normal_email(text);
    let (local, domain) = email.rsplit_once('@').ok_or_else(malformed)?;
    let local_fits = (1..=EMAIL_LOCAL_BYTES_MAX).contains(&local.len())
        && local.split('.').all(|part| !part.is_empty())
        && local.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~.-".contains(&byte));
    let label_fits = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let domain_fits = domain.contains('.') && domain.split('.').all(label_fits);
    if email.len() <= EMAIL_BYTES_MAX && local_fits && domain_fits { Ok(email) } else { Err(malformed()) }
}

fn display_name(text: &str) -> Result<String, Malformed> {
    let name = text.trim();
    // Direction overrides and other invisible formatting let one name look like another.
    let hidden =
        |c: char| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    if (1..=DISPLAY_NAME_CHARACTERS_MAX).contains(&name.chars().count()) && !name.contains(hidden) {
        Ok(name.to_owned())
    } else {
        Err(Malformed::new("displayName", "The display name has 1 to 50 visible characters."))
    }
}

pub(super) fn time_zone(text: &str) -> Result<String, Malformed> {
    let zone: Result<chrono_tz::Tz, _> = text.parse();
    zone.map(|zone| zone.name().to_owned())
        .map_err(|_| Malformed::new("timeZone", "The time zone is not an IANA zone such as Europe/Berlin."))
}

pub(super) fn reason(text: &str) -> Result<String, Malformed> {
    let reason = text.trim();
    if (1..=REASON_CHARACTERS_MAX).contains(&reason.chars().count()) && !reason.contains('\0') {
        Ok(reason.to_owned())
    } else {
        Err(Malformed::new("reason", "The reason has 1 to 500 characters."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_normalised_and_its_shape_checked() {
        assert_eq!(email("  Ada@Example.ORG ").unwrap(), "ada@example.org");
        for bad in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "a b@example.org",
            "ada@example",
            "ada@-x.org",
            "ada@x..org",
            ".a@x.org",
            "ädä@x.org",
            "a@x.org\0",
        ] {
            assert!(email(bad).is_err(), "{bad}");
        }
        assert!(email(&format!("{}@example.org", "a".repeat(64))).is_ok());
        assert!(email(&format!("{}@example.org", "a".repeat(65))).is_err());
        assert!(email(&format!("a@{}org", "abcdefg.".repeat(40))).is_err());
    }

    #[test]
    fn a_display_name_is_visible() {
        assert_eq!(display_name(" Ada Lovelace ").unwrap(), "Ada Lovelace");
        assert_eq!(display_name("李小龍").unwrap(), "李小龍");
        for bad in ["", "   ", "a\nb", "a\u{202e}b", "a\0", &"x".repeat(51)] {
            assert!(display_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_time_zone_is_one_of_the_list() {
        assert_eq!(time_zone("Europe/Berlin").unwrap(), "Europe/Berlin");
        assert!(time_zone("Mars/Olympus").is_err());
        assert!(time_zone("").is_err());
    }
}
