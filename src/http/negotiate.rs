//! Media types: what a client sends and what it takes. Pure.

/// The form of an answer that is one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/json`: 200 for everything that was a well-formed request.
    Json,
    /// `application/graphql-response+json`: the status tells how it went.
    GraphqlResponse,
}

impl Media {
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        }
    }
}

/// What an `Accept` header allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Accepted {
    pub single: Option<Media>,
    /// `text/event-stream` is named.
    pub stream: bool,
    /// The stream is wanted even where one piece would do.
    pub stream_first: bool,
}

impl Accepted {
    /// None when nothing we write is taken.
    pub(super) fn parse(accept: Option<&str>) -> Option<Self> {
        let Some(accept) = accept.filter(|text| !text.trim().is_empty()) else {
            return Some(Self { single: Some(Media::Json), stream: false, stream_first: false });
        };
        let ranges: Vec<(String, f32)> = accept.split(',').map(range).collect();
        let json = quality(&ranges, &["application/json", "application/*", "*/*"]);
        // A wildcard means the older type: those who know the newer one name it.
        let response = quality(&ranges, &["application/graphql-response+json"]);
        let stream = quality(&ranges, &["text/event-stream"]);
        let single = match (response, json) {
            (Some(response), Some(json)) if response.0 >= json.0 => Some((Media::GraphqlResponse, response)),
            (_, Some(json)) => Some((Media::Json, json)),
            (Some(response), None) => Some((Media::GraphqlResponse, response)),
            (None, None) => None,
        };
        let stream_first = match (stream, single) {
            (Some((q, place)), Some((_, (other, elsewhere)))) => q > other || (q >= other && place < elsewhere),
            (Some(_), None) => true,
            (None, _) => false,
        };
        (single.is_some() || stream.is_some()).then(|| Self {
            single: single.map(|(media, _)| media),
            stream: stream.is_some(),
            stream_first,
        })
    }
}

/// One media range in lower case, with its quality.
fn range(text: &str) -> (String, f32) {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let q = parts.filter_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="))).find_map(|q| q.trim().parse().ok());
    (name, q.unwrap_or(1.0))
}

/// Quality and place of the first name that is there; names go from the most special on. Zero refuses.
fn quality(ranges: &[(String, f32)], names: &[&str]) -> Option<(f32, usize)> {
    let found = names.iter().find_map(|name| ranges.iter().position(|(range, _)| range == name));
    found.map(|place| (ranges[place].1, place)).filter(|(q, _)| *q > 0.0)
}

/// JSON in UTF-8, which is what we read.
pub(super) fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let mut charsets = parts.filter_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    });
    json && charsets.all(|charset| charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn single(accept: &str) -> Option<Media> {
        Accepted::parse(Some(accept)).and_then(|accepted| accepted.single)
    }

    #[test]
    fn the_best_form_is_chosen() {
        assert_eq!(Accepted::parse(None).and_then(|accepted| accepted.single), Some(Media::Json));
        assert_eq!(single("*/*"), Some(Media::Json));
        assert_eq!(single("application/*"), Some(Media::Json));
        assert_eq!(single("text/html, */*;q=0.1"), Some(Media::Json));
        assert_eq!(single("application/graphql-response+json, application/json;q=0.9"), Some(Media::GraphqlResponse));
        assert_eq!(single("application/json, application/graphql-response+json"), Some(Media::GraphqlResponse));
        assert_eq!(single("application/graphql-response+json;q=0.5, application/json"), Some(Media::Json));
        assert_eq!(single("APPLICATION/JSON; charset=utf-8"), Some(Media::Json));
        assert_eq!(single("application/json;q=0, */*"), None);
        assert_eq!(Accepted::parse(Some("text/html")), None);
    }

    #[test]
    fn a_stream_is_taken_when_named() {
        let accepted = Accepted::parse(Some("text/event-stream")).unwrap();
        assert!(accepted.stream && accepted.stream_first && accepted.single.is_none());
        let accepted = Accepted::parse(Some("application/json, text/event-stream")).unwrap();
        assert!(accepted.stream && !accepted.stream_first);
        let accepted = Accepted::parse(Some("text/event-stream, application/json")).unwrap();
        assert!(accepted.stream_first);
        assert!(!Accepted::parse(Some("*/*")).unwrap().stream);
    }

    #[test]
    fn only_json_in_utf_8_is_read() {
        assert!(
            is_json("application/json") && is_json("Application/JSON; charset=UTF-8") && is_json("application/json; charset=\"utf-8\"")
        );
        for other in ["", "text/plain", "application/json; charset=latin1", "application/graphql", "application/jsonx"] {
            assert!(!is_json(other), "{other}");
        }
    }
}
