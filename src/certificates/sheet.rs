//! A certificate on paper: one landscape sheet of A4. Pure: the same certificate gives the same bytes.

use chrono::{DateTime, Utc};

use crate::{
    error::Result,
    typeset::{A4_LONG, A4_SHORT, About, Area, Face, Ink, Line, Sheet, fitted, pdf, wrapped},
};

/// What stands on the sheet.
pub struct Paper<'a> {
    pub recipient: &'a str,
    pub title: &'a str,
    pub statement: &'a str,
    pub number: &'a str,
    pub issued_at: DateTime<Utc>,
    /// Where it is verified; the QR code holds it.
    pub address: &'a str,
    pub kid: &'a str,
    /// The signed statement as a compact JWS, for the document's properties.
    pub jws: &'a str,
}

const NIGHT: Ink = Ink(19, 35, 68);
const TEXT: Ink = Ink(52, 62, 82);
const FAINT: Ink = Ink(112, 122, 142);
const GOLD: Ink = Ink(176, 137, 58);
const IVORY: Ink = Ink(253, 251, 245);
const WHITE: Ink = Ink(255, 255, 255);
const MIDDLE: f32 = A4_LONG / 2.0;
/// What text may be wide in the middle of the sheet.
const MEASURE: f32 = 620.0;
const LEFT: f32 = 84.0;
const RIGHT: f32 = A4_LONG - 84.0;
const QR_SIDE: f32 = 84.0;

/// The PDF.
pub fn render(paper: &Paper<'_>) -> Result<Vec<u8>> {
    let mut sheet = Sheet::landscape();
    frame(&mut sheet);
    words(&mut sheet, paper);
    foot(&mut sheet, paper)?;
    let about = About {
        title: format!("{} - certificate of {}", paper.title, paper.recipient),
        description: format!("{} {}", paper.recipient, paper.statement),
        keywords: vec![paper.number.to_owned(), paper.jws.to_owned()],
        id: paper.number.to_owned(),
        made_at: paper.issued_at,
    };
    pdf(about, vec![sheet])
}

fn frame(sheet: &mut Sheet) {
    sheet.filled(Area::new(0.0, 0.0, A4_LONG, A4_SHORT), IVORY);
    for (inset, width, ink) in [(26.0, 2.4, NIGHT), (33.0, 0.8, GOLD)] {
        sheet.framed(Area::new(inset, inset, A4_LONG - 2.0 * inset, A4_SHORT - 2.0 * inset), width, ink);
    }
    // A small lozenge over each corner of the inner line.
    for (x, y) in [(33.0, 33.0), (A4_LONG - 33.0, 33.0), (33.0, A4_SHORT - 33.0), (A4_LONG - 33.0, A4_SHORT - 33.0)] {
        sheet.disc((x, y), 4.2, IVORY);
        sheet.disc((x, y), 2.6, GOLD);
    }
}

/// Letters apart from each other, for short words in capitals.
fn spaced(text: &str) -> String {
    text.chars().map(String::from).collect::<Vec<_>>().join("\u{2009}")
}

fn words(sheet: &mut Sheet, paper: &Paper<'_>) {
    sheet.centred(Line::new(Face::Bold, 11.0, &spaced("WEAK TO STRONG")), MIDDLE, 92.0, GOLD);
    sheet.centred(Line::new(Face::Serif, 40.0, "Certificate"), MIDDLE, 144.0, NIGHT);
    sheet.centred(Line::new(Face::Regular, 12.0, "This certifies that"), MIDDLE, 184.0, TEXT);
    sheet.centred(fitted(Face::Serif, 34.0, 11.0, MEASURE, paper.recipient), MIDDLE, 233.0, NIGHT);
    sheet.line(&[(MIDDLE - 150.0, 250.0), (MIDDLE + 150.0, 250.0)], 0.8, GOLD);
    let mut y = 280.0;
    for line in wrapped(Face::Regular, 13.0, MEASURE - 90.0, paper.statement) {
        sheet.centred(line, MIDDLE, y, TEXT);
        y += 20.0;
    }
    sheet.centred(fitted(Face::Bold, 24.0, 12.0, MEASURE, paper.title), MIDDLE, y + 34.0, NIGHT);
}

fn foot(sheet: &mut Sheet, paper: &Paper<'_>) -> Result<()> {
    let base = A4_SHORT - 84.0;
    let date = paper.issued_at.format("%-d %B %Y").to_string();
    for (y, label, value) in [(base - 54.0, "Date of issue", date.as_str()), (base - 12.0, "Certificate number", paper.number)] {
        sheet.text(Line::new(Face::Regular, 8.5, label), LEFT, y, FAINT);
        sheet.text(Line::new(Face::Bold, 12.5, value), LEFT, y + 16.0, NIGHT);
    }
    let code = Area::new(RIGHT - QR_SIDE, base - QR_SIDE + 4.0, QR_SIDE, QR_SIDE);
    let quiet = Area::new(code.left - 12.0, code.top - 12.0, QR_SIDE + 24.0, QR_SIDE + 24.0);
    sheet.filled(quiet, WHITE);
    sheet.framed(quiet, 0.6, GOLD);
    sheet.qr(code, paper.address, NIGHT)?;
    sheet.link(code, paper.address);
    let left_of_code = quiet.left - 14.0;
    sheet.ending(Line::new(Face::Bold, 10.0, "Verify this certificate"), left_of_code, base - 30.0, NIGHT);
    let address = fitted(Face::Regular, 8.5, 5.0, 330.0, paper.address);
    sheet.link(Area::new(left_of_code - address.width, base - 24.0, address.width, 12.0), paper.address);
    sheet.ending(address, left_of_code, base - 15.0, TEXT);
    let seal = format!("Signed with Ed25519, key {}", paper.kid);
    sheet.ending(fitted(Face::Regular, 7.0, 5.0, 330.0, &seal), left_of_code, base, FAINT);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper<'a>(recipient: &'a str, statement: &'a str) -> Paper<'a> {
        Paper {
            recipient,
            title: "Web Track",
            statement,
            number: "ABCDE-FGHJK-MNPQR-STVWX",
            issued_at: DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default(),
            address: "https://learn.example.org/certificates/ABCDE-FGHJK-MNPQR-STVWX",
            kid: "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
            jws: "a.b.c",
        }
    }

    #[test]
    fn any_name_fits_and_gives_the_same_bytes_again() {
        for name in
            ["Ada", "Ελένη Παπαδοπούλου", "Мария Ковальчук", "דוד", "王小明", "\u{1F600}\u{1F600}", &"W".repeat(50), &"m ".repeat(25)]
        {
            let first = render(&paper(name, "has passed 10 challenges, each judged by its tests.")).unwrap();
            assert!(first.starts_with(b"%PDF-"));
            assert_eq!(first, render(&paper(name, "has passed 10 challenges, each judged by its tests.")).unwrap(), "{name}");
        }
    }
}
