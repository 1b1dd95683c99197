//! The look at a document's bytes before the parser sees it. The parser recurses, and a 3 KB list literal nested
//! 1 500 deep would overflow its stack and end the process; this pass reads each byte once and never recurses.

use super::refusal::Refusal;
use crate::error::Code;

pub const DOCUMENT_BYTES_MAX: usize = 16 * 1024;
pub const TOKENS_MAX: usize = 1_000;
/// Brackets of all three kinds open at the same time, outside strings and comments.
pub const NESTING_MAX: usize = 32;
/// Bytes of one name or number. Names come back in answers, once for each item of a list.
pub const NAME_BYTES_MAX: usize = 256;

/// What a pass saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    pub tokens: usize,
    /// The deepest nesting of brackets.
    pub nesting: usize,
    /// Bytes looked at: the work done, which a test holds linear.
    pub steps: usize,
}

/// `PAYLOAD_TOO_LARGE` or `GRAPHQL_PARSE_FAILED` for what must not reach the parser.
///
/// A string without an end is refused here, so that the scan and the parser never disagree on what is inside one.
pub fn scan(document: &str) -> Result<Scan, Refusal> {
    if document.len() > DOCUMENT_BYTES_MAX {
        return Err(Refusal::new(Code::PayloadTooLarge, format!("The document is larger than {DOCUMENT_BYTES_MAX} bytes.")));
    }
    let bytes = document.as_bytes();
    let mut seen = Scan::default();
    let mut open = 0_usize;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let length = match byte {
            b' ' | b',' | b'\t' | b'\n' | b'\r' => 1,
            b'#' => comment(&bytes[at..]),
            _ => {
                seen.tokens += 1;
                match byte {
                    b'"' => string(&bytes[at..])?,
                    b'{' | b'[' | b'(' => {
                        open += 1;
                        seen.nesting = seen.nesting.max(open);
                        1
                    }
                    b'}' | b']' | b')' => {
                        open = open.saturating_sub(1);
                        1
                    }
                    b'.' => run(&bytes[at..], |byte| byte == b'.'),
                    _ => word(&bytes[at..])?,
                }
            }
        };
        at += length;
        seen.steps += length;
        if seen.tokens > TOKENS_MAX {
            return Err(Refusal::new(Code::GraphqlParseFailed, format!("The document has more than {TOKENS_MAX} tokens.")));
        }
        if seen.nesting > NESTING_MAX {
            return Err(Refusal::new(Code::GraphqlParseFailed, format!("Brackets are nested deeper than {NESTING_MAX}.")));
        }
    }
    Ok(seen)
}

/// Names and numbers; a byte outside ASCII is no start of a token and the parser will say so.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn word(bytes: &[u8]) -> Result<usize, Refusal> {
    let length = run(bytes, is_word);
    if length > NAME_BYTES_MAX {
        return Err(Refusal::new(Code::GraphqlParseFailed, format!("A name or number has more than {NAME_BYTES_MAX} bytes.")));
    }
    Ok(length.max(1))
}

fn run(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| belongs(**byte)).count()
}

fn comment(bytes: &[u8]) -> usize {
    run(bytes, |byte| byte != b'\n' && byte != b'\r')
}

/// The length of the string that starts here, with its quotes.
fn string(bytes: &[u8]) -> Result<usize, Refusal> {
    let unended = || Refusal::new(Code::GraphqlParseFailed, "A string has no end.");
    if bytes.starts_with(b"\"\"\"") {
        let mut at = 3;
        while at < bytes.len() {
            if bytes[at..].starts_with(b"\\\"\"\"") {
                at += 4;
            } else if bytes[at..].starts_with(b"\"\"\"") {
                return Ok(at + 3);
            } else {
                at += 1;
            }
        }
        return Err(unended());
    }
    let mut at = 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return Ok(at + 1),
            b'\\' => at += 2,
            b'\n' | b'\r' => return Err(unended()),
            _ => at += 1,
        }
    }
    Err(unended())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(document: &str) -> Option<Code> {
        scan(document).err().map(|refusal| refusal.code)
    }

    #[test]
    fn brackets_inside_strings_and_comments_do_not_count() {
        let many = "[".repeat(500);
        for document in [
            format!("{{ a(x: \"{many}\") }}"),
            format!("{{ a(x: \"\\\"{many}\") }}"),
            format!("{{ a(x: \"\"\"{many} \\\"\"\" {many}\"\"\") }}"),
            format!("{{ a }} # {many}\n"),
        ] {
            assert!(scan(&document).is_ok_and(|seen| seen.nesting <= 2), "{document}");
        }
    }

    #[test]
    fn nesting_is_refused_wherever_it_stands() {
        assert_eq!(code(&format!("{{ a(x: {}{}) }}", "[".repeat(1_500), "]".repeat(1_500))), Some(Code::GraphqlParseFailed));
        assert_eq!(code(&"{a".repeat(33)), Some(Code::GraphqlParseFailed));
        assert_eq!(code(&"{a".repeat(32)), None);
        assert_eq!(code(&format!("{{ a(x: \"\") # \"\n b(y: {} }}", "{k:".repeat(100))), Some(Code::GraphqlParseFailed));
    }

    #[test]
    fn strings_without_an_end_are_refused() {
        for document in ["{ a(x: \"", "{ a(x: \"abc\n\") }", "{ a(x: \"\"\"abc", "{ a(x: \"\\", "\"\"\"\"", "\"\"\"\\\"\"\""] {
            assert_eq!(code(document), Some(Code::GraphqlParseFailed), "{document}");
        }
    }

    #[test]
    fn sizes_are_bounded() {
        assert_eq!(code(&"#".repeat(DOCUMENT_BYTES_MAX + 1)), Some(Code::PayloadTooLarge));
        assert_eq!(code(&"a ".repeat(TOKENS_MAX)), None);
        assert_eq!(code(&"a ".repeat(TOKENS_MAX + 1)), Some(Code::GraphqlParseFailed));
        assert_eq!(code(&"!".repeat(TOKENS_MAX + 1)), Some(Code::GraphqlParseFailed));
        assert_eq!(code(&format!("{{ {} }}", "a".repeat(NAME_BYTES_MAX))), None);
        assert_eq!(code(&format!("{{ {} }}", "a".repeat(NAME_BYTES_MAX + 1))), Some(Code::GraphqlParseFailed));
        assert_eq!(scan("query Q($a: [Int!]!) { a(b: $a) ...F }").ok().map(|seen| seen.tokens), Some(23));
    }

    proptest! {
        #[test]
        fn each_byte_is_looked_at_once(document in "[\\[\\]{}()\"#\\\\a\n. ]{0,400}") {
            if let Ok(seen) = scan(&document) {
                // A trailing backslash may step over the end by one.
                prop_assert!(seen.steps <= document.len() + 1);
            }
        }

        #[test]
        fn what_passes_can_be_parsed_or_refused_but_never_ends_the_process(document in "[\\[\\]{}()\"#:a$@!\n. ]{0,600}") {
            if scan(&document).is_ok() {
                let _ = async_graphql::parser::parse_query(&document);
            }
        }

        #[test]
        fn any_text_is_survived(document in ".{0,300}") {
            let _ = scan(&document);
        }

        #[test]
        fn literals_that_pass_are_no_deeper_than_allowed(depth in 0_usize..200) {
            let document = format!("{{ a(x: {}1{}) }}", "[".repeat(depth), "]".repeat(depth));
            prop_assert_eq!(scan(&document).is_ok(), depth + 2 <= NESTING_MAX);
        }
    }
}
