//! Which part of an ordered list a statement reads.

/// A place in a list and how much of it to read.
#[derive(Clone, Copy, Debug)]
pub struct Slice<K> {
    /// The last one already seen in the direction of reading; None: the list's end there.
    pub past: Option<K>,
    /// From the end of the list, its last row first.
    pub backward: bool,
    /// Rows.
    pub limit: i64,
}

/// A slice of the boxed statement of a list that is ordered by one unique column, `asc` or `desc`.
#[macro_export]
macro_rules! slice {
    ($rows:expr, $column:expr, asc, $slice:expr) => {
        $crate::slice!($rows, $column, $slice, $slice.backward)
    };
    ($rows:expr, $column:expr, desc, $slice:expr) => {
        $crate::slice!($rows, $column, $slice, !$slice.backward)
    };
    ($rows:expr, $column:expr, $slice:expr, $downwards:expr) => {{
        let (rows, downwards) = ($rows.limit($slice.limit), $downwards);
        let rows = match $slice.past {
            Some(past) if downwards => rows.filter($column.lt(past)),
            Some(past) => rows.filter($column.gt(past)),
            None => rows,
        };
        if downwards { rows.order($column.desc()) } else { rows.order($column.asc()) }
    }};
}
