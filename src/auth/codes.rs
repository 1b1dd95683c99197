//! Codes that people read, type and pass on: random, in an alphabet without look-alikes.

/// Crockford's base 32: no I, L, O or U; five bits a character.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters between two dashes.
const GROUP: usize = 5;

/// A new code of so many random characters, in groups of five.
#[must_use]
pub fn generate(characters: usize) -> String {
    let bits: Vec<u8> = (0..characters).map(|_| rand::random::<u8>()).collect();
    let letters: Vec<char> = bits.iter().filter_map(|byte| ALPHABET.get(usize::from(byte % 32))).map(|byte| char::from(*byte)).collect();
    grouped(&letters)
}

/// The spelling that is stored of a code as somebody typed it: capitals, dashes and spaces do not count, I and L are 1, O is 0.
/// None when it is not so many characters of the alphabet.
#[must_use]
pub fn normal(typed: &str, characters: usize) -> Option<String> {
    if typed.len() > 2 * characters {
        return None;
    }
    let letters = typed.chars().filter(|character| !matches!(character, '-' | ' ')).map(|character| match character.to_ascii_uppercase() {
        'I' | 'L' => '1',
        'O' => '0',
        other => other,
    });
    let letters: Vec<char> = letters.collect();
    let known = letters.iter().all(|letter| u8::try_from(*letter).is_ok_and(|byte| ALPHABET.contains(&byte)));
    (known && letters.len() == characters).then(|| grouped(&letters))
}

fn grouped(letters: &[char]) -> String {
    letters.chunks(GROUP).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_however_it_is_typed() {
        let code = generate(20);
        assert_eq!(code.len(), 23);
        assert_ne!(code, generate(20));
        for typed in
            [code.clone(), code.to_lowercase(), code.replace('-', ""), code.replace('-', " "), code.replace('0', "o").replace('1', "l")]
        {
            assert_eq!(normal(&typed, 20).as_ref(), Some(&code), "{typed}");
        }
        for bad in ["", "ABC", &code[1..], &format!("{code}A"), &code.replace(|_| true, "U"), "ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ", &"A".repeat(10_000)]
        {
            assert_eq!(normal(bad, 20), None, "{bad}");
        }
    }
}
