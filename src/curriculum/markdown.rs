//! Markdown of lessons and statements: safe HTML, and what an author may not use. Pure.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

const OPTIONS: Options = Options::ENABLE_TABLES.union(Options::ENABLE_STRIKETHROUGH).union(Options::ENABLE_TASKLISTS);

/// HTML without a way to run or load anything: raw HTML is escaped, links go to http and https only, images become their text.
#[must_use]
pub fn to_html(markdown: &str) -> String {
    let mut open_links = Vec::new();
    let events = Parser::new_ext(markdown, OPTIONS).filter_map(|event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Some(Event::Text(raw)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::Link { ref dest_url, .. }) => {
            let safe = is_web_address(dest_url);
            open_links.push(safe);
            safe.then_some(event)
        }
        Event::End(TagEnd::Link) => open_links.pop().unwrap_or(false).then_some(event),
        other => Some(other),
    });
    let mut html = String::with_capacity(markdown.len() * 3 / 2);
    pulldown_cmark::html::push_html(&mut html, events);
    html
}

fn is_web_address(address: &str) -> bool {
    let lower = address.trim_start().to_ascii_lowercase();
    lower.starts_with("https://") || lower.starts_with("http://")
}

/// Where images are loaded from elsewhere, as byte ranges.
#[must_use]
pub fn outside_images(markdown: &str) -> Vec<Range<usize>> {
    Parser::new_ext(markdown, OPTIONS)
        .into_offset_iter()
        .filter(|(event, _)| match event {
            Event::Start(Tag::Image { dest_url, .. }) => dest_url.contains(':') || dest_url.starts_with("//"),
            Event::Html(raw) | Event::InlineHtml(raw) => raw.to_ascii_lowercase().contains("<img"),
            _ => false,
        })
        .map(|(_, range)| range)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_run_or_load_something_is_made_text() {
        let cases = [
            ("a <script>alert(1)</script> b", "<p>a &lt;script&gt;alert(1)&lt;/script&gt; b</p>\n"),
            ("<div onclick='x'>\nhi\n</div>", "&lt;div onclick='x'&gt;\nhi\n&lt;/div&gt;"),
            ("[x](javascript:alert(1))", "<p>x</p>\n"),
            ("[x](JavaScript:alert(1)) [y](https://example.com)", "<p>x <a href=\"https://example.com\">y</a></p>\n"),
            ("[![alt](https://example.com/p.png)](https://example.com)", "<p><a href=\"https://example.com\">alt</a></p>\n"),
            ("<javascript:alert(1)>", "<p>javascript:alert(1)</p>\n"),
            (
                "| a |\n|---|\n| `b` |",
                "<table><thead><tr><th>a</th></tr></thead><tbody>\n<tr><td><code>b</code></td></tr>\n</tbody></table>\n",
            ),
        ];
        for (markdown, html) in cases {
            assert_eq!(to_html(markdown), html, "{markdown}");
        }
    }

    #[test]
    fn images_from_elsewhere_are_found_where_they_stand() {
        let markdown =
            "text ![a](https://example.com/a.png)\n\n`![b](https://example.com/b.png)` ![c](c.png)\n\n<img src=x>\n\n![d](//e.com/d)";
        let found: Vec<_> = outside_images(markdown).into_iter().map(|range| &markdown[range]).collect();
        assert_eq!(found, ["![a](https://example.com/a.png)", "<img src=x>\n", "![d](//e.com/d)"]);
    }
}
