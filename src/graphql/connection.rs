//! Pages of growing lists: arguments, opaque keyset cursors, and the shape of a connection. Nothing here reads a list;
//! a resolver asks its domain for [`PageArgs::limit`] rows past the cursor and hands them to [`Page::cut`].

use async_graphql::SimpleObject;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    db::Slice,
    error::{Error, Result},
};

/// Rows of a page when the client names no number.
pub const PAGE_DEFAULT: usize = 20;
/// Rows of the largest page.
pub const PAGE_MAX: usize = 100;
/// Bytes of the longest cursor that is looked at.
const CURSOR_BYTES_MAX: usize = 512;

/// Information about a page, for asking for the next one.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct PageInfo {
    /// Whether there are more items before this page. When paging forwards: whether `after` was given.
    pub has_previous_page: bool,
    /// Whether there are more items after this page. When paging backwards: whether `before` was given.
    pub has_next_page: bool,
    /// The cursor of the first item, for `before`; null on an empty page.
    pub start_cursor: Option<String>,
    /// The cursor of the last item, for `after`; null on an empty page.
    pub end_cursor: Option<String>,
}

/// Which way a page is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Forward,
    Backward,
}

/// Checked arguments of a page. `K` is the keyset: what the list is ordered by, unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageArgs<K> {
    pub direction: Direction,
    pub size: usize,
    /// The list begins past this place in the direction of reading; None: at its end.
    pub past: Option<K>,
}

impl<K: DeserializeOwned> PageArgs<K> {
    /// For lists that are only read forwards: leaderboards, whose places move. BAD_USER_INPUT for a size out of 1..100 or a foreign cursor.
    pub fn forward(first: Option<i32>, after: Option<&str>) -> Result<Self> {
        Self::new(Given { first, after, ..Given::default() })
    }

    /// BAD_USER_INPUT for `first` together with `last`, a size out of 1..100, or a foreign cursor.
    pub fn new(given: Given<'_>) -> Result<Self> {
        let (direction, size, cursor) = match (given.first, given.last) {
            (Some(_), Some(_)) => return Err(Error::bad_input("Give `first` or `last`, not both.")),
            (None, Some(last)) if given.after.is_none() => (Direction::Backward, Some(last), given.before),
            (first, None) if given.before.is_none() => (Direction::Forward, first, given.after),
            _ => return Err(Error::bad_input("`after` goes with `first`, and `before` goes with `last`.")),
        };
        Ok(Self { direction, size: page_size(size)?, past: cursor.map(decode_cursor).transpose()? })
    }
}

impl<K: Clone> PageArgs<K> {
    /// What to read for it.
    #[must_use]
    pub fn slice(&self) -> Slice<K> {
        Slice { past: self.past.clone(), backward: self.direction == Direction::Backward, limit: self.limit() }
    }
}

impl<K> PageArgs<K> {
    /// Rows to read: one more than the page, to know whether there is another.
    #[must_use]
    pub fn limit(&self) -> i64 {
        i64::try_from(self.size + 1).unwrap_or(i64::MAX)
    }
}

/// The arguments as a client gave them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given<'a> {
    pub first: Option<i32>,
    pub after: Option<&'a str>,
    pub last: Option<i32>,
    pub before: Option<&'a str>,
}

fn page_size(given: Option<i32>) -> Result<usize> {
    let size = given.map_or(Ok(PAGE_DEFAULT), usize::try_from);
    match size {
        Ok(size) if (1..=PAGE_MAX).contains(&size) => Ok(size),
        _ => Err(Error::bad_input("A page has 1 to 100 items.")),
    }
}

/// Opaque to clients: what the list is ordered by, at one item.
pub fn encode_cursor(key: &impl Serialize) -> Result<String> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(key)?))
}

fn decode_cursor<K: DeserializeOwned>(cursor: &str) -> Result<K> {
    let foreign = || Error::bad_input("This cursor was not given by this list.");
    if cursor.len() > CURSOR_BYTES_MAX {
        return Err(foreign());
    }
    let json = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| foreign())?;
    serde_json::from_slice(&json).map_err(|_| foreign())
}

/// What a field costs at most in sums, so that sums of them cannot overflow.
const COST_CEILING: usize = 1 << 40;

/// The cost of a paged field before it runs: as many items as asked for, 20 when not said.
#[must_use]
pub fn page_cost(first: Option<i32>, child_complexity: usize) -> usize {
    let items = first.map_or(PAGE_DEFAULT, |first| usize::try_from(first).unwrap_or(0)).min(PAGE_MAX);
    list_cost(1, items, child_complexity)
}

/// The cost of a list before it is read: what reading it takes, and as many items as there usually are.
#[must_use]
pub fn list_cost(reading: usize, items: usize, child_complexity: usize) -> usize {
    reading.saturating_add(items.saturating_mul(child_complexity)).min(COST_CEILING)
}

/// One page of rows, each with its cursor, in the order of the list.
#[derive(Debug)]
pub struct Page<T> {
    pub rows: Vec<(String, T)>,
    pub info: PageInfo,
}

impl<T> Page<T> {
    /// Makes a page of the rows read, in the order they were read; there may be one too many.
    pub fn cut<K, S: Serialize>(args: &PageArgs<K>, mut rows: Vec<T>, key: impl Fn(&T) -> S) -> Result<Self> {
        let more = rows.len() > args.size;
        rows.truncate(args.size);
        let past = args.past.is_some();
        let (has_previous_page, has_next_page) = match args.direction {
            Direction::Forward => (past, more),
            Direction::Backward => (more, past),
        };
        if args.direction == Direction::Backward {
            rows.reverse();
        }
        let rows = rows.into_iter().map(|row| Ok((encode_cursor(&key(&row))?, row))).collect::<Result<Vec<_>>>()?;
        let start_cursor = rows.first().map(|(cursor, _)| cursor.clone());
        let end_cursor = rows.last().map(|(cursor, _)| cursor.clone());
        Ok(Self { rows, info: PageInfo { has_previous_page, has_next_page, start_cursor, end_cursor } })
    }
}

/// Declares a connection and its edge with their descriptions; `XConnection::from(page)` takes rows that convert into the node.
#[macro_export]
macro_rules! connection {
    ($(#[doc = $doc:literal])* $connection:ident of $edge:ident to $node:ident) => {
        $(#[doc = $doc])*
        pub struct $connection {
            edges: Vec<$edge>,
            page_info: $crate::graphql::connection::PageInfo,
        }

        /// An item of a page, with its place in the list.
        #[derive(async_graphql::SimpleObject)]
        pub struct $edge {
            /// The item's place, for `after` and `before`.
            pub cursor: String,
            /// The item.
            pub node: $node,
        }

        $(#[doc = $doc])*
        #[async_graphql::Object]
        impl $connection {
            /// The items of this page, each with its cursor.
            async fn edges(&self) -> &[$edge] {
                &self.edges
            }

            /// The items of this page.
            async fn nodes(&self) -> Vec<&$node> {
                self.edges.iter().map(|edge| &edge.node).collect()
            }

            /// Whether there is more, and the cursors to ask for it.
            async fn page_info(&self) -> &$crate::graphql::connection::PageInfo {
                &self.page_info
            }
        }

        impl<T: Into<$node>> From<$crate::graphql::connection::Page<T>> for $connection {
            fn from(page: $crate::graphql::connection::Page<T>) -> Self {
                let edges = page.rows.into_iter().map(|(cursor, row)| $edge { cursor, node: row.into() }).collect();
                Self { edges, page_info: page.info }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    type Args = PageArgs<(i32, String)>;

    fn cursor() -> String {
        encode_cursor(&(7, "x")).unwrap()
    }

    #[test]
    fn arguments_that_make_no_page_are_refused() {
        let cursor = cursor();
        let (some, foreign) = (Some(cursor.as_str()), Some("bm8"));
        let cases = [
            Given { first: Some(0), ..Given::default() },
            Given { first: Some(-1), ..Given::default() },
            Given { first: Some(101), ..Given::default() },
            Given { last: Some(101), ..Given::default() },
            Given { first: Some(1), last: Some(1), ..Given::default() },
            Given { after: some, last: Some(1), ..Given::default() },
            Given { before: some, first: Some(1), ..Given::default() },
            Given { before: some, ..Given::default() },
            Given { after: foreign, ..Given::default() },
            Given { after: Some(""), ..Given::default() },
        ];
        for given in cases {
            assert!(Args::new(given).is_err(), "{given:?}");
        }
    }

    #[test]
    fn a_page_knows_its_ends_in_both_directions() {
        let cursor = cursor();
        let forward = Args::forward(Some(2), Some(&cursor)).unwrap();
        assert_eq!((forward.limit(), forward.past.clone()), (3, Some((7, "x".to_owned()))));
        let page = Page::cut(&forward, vec![8, 9, 10], |row| *row).unwrap();
        assert_eq!(page.rows.iter().map(|(_, row)| *row).collect::<Vec<_>>(), [8, 9]);
        assert!(page.info.has_previous_page && page.info.has_next_page);

        let backward = Args::new(Given { last: Some(2), before: Some(&cursor), ..Given::default() }).unwrap();
        let page = Page::cut(&backward, vec![6, 5], |row| *row).unwrap();
        assert_eq!(page.rows.iter().map(|(_, row)| *row).collect::<Vec<_>>(), [5, 6]);
        assert!(!page.info.has_previous_page && page.info.has_next_page);
        assert_eq!(page.info.start_cursor.as_deref(), Some(page.rows[0].0.as_str()));

        let empty = Page::cut(&Args::forward(None, None).unwrap(), Vec::<i32>::new(), |row| *row).unwrap();
        assert_eq!(empty.info, PageInfo { has_previous_page: false, has_next_page: false, start_cursor: None, end_cursor: None });
    }
}
