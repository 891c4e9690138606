//! The distribution grammar, part by part. Each check names the first character that does not fit.
//!
//! ```text
//! reference      = name [ ":" tag ] [ "@" digest ]
//! name           = [ registry "/" ] component *( "/" component )
//! registry       = host [ ":" port ]
//! host           = label *( "." label ) | "[" IPv6 address "]"
//! label          = letter or digit, with "-" inside
//! component      = run *( separator run )         run = [a-z0-9]+
//! separator      = "." | "_" | "__" | "-"+
//! tag            = [A-Za-z0-9_] [A-Za-z0-9_.-]{0,127}
//! ```

use super::{Part, ReferenceError};

/// `RepositoryNameTotalLengthMax` of the distribution project.
const LONGEST_NAME: usize = 255;
const LONGEST_TAG: usize = 128;

/// Splits off the registry as Docker does: the first component is one only if it could not be a name's.
pub(super) fn split_registry(name: &str) -> (Option<&str>, &str) {
    match name.split_once('/') {
        Some((first, rest)) if looks_like_registry(first) => (Some(first), rest),
        _ => (None, name),
    }
}

pub(super) fn looks_like_registry(first: &str) -> bool {
    first == "localhost"
        || first.contains(['.', ':'])
        || first.chars().any(|character| character.is_uppercase())
}

/// Docker takes 64 hex digits for an image's ID.
pub(super) fn looks_like_id(name: &str) -> bool {
    name.len() == 64
        && name
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

pub(super) fn check_registry(registry: &str) -> Result<(), ReferenceError> {
    let part = Part::Registry;
    if let Some(address) = registry.strip_prefix('[') {
        let end = address.find(']').unwrap_or(address.len());
        let (inside, rest) = address.split_at(end);
        check_characters(part, registry, inside, 1, |character| {
            character.is_ascii_hexdigit() || character == ':'
        })?;
        if inside.is_empty() || rest.is_empty() {
            return Err(empty(part, registry));
        }
        return match rest.get(1..).unwrap_or_default() {
            "" => Ok(()),
            after => match after.strip_prefix(':') {
                Some(port) => check_port(registry, port),
                None => check_characters(part, registry, after, end + 2, |_| false),
            },
        };
    }
    let (host, port) = match registry.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (registry, None),
    };
    let mut start = 0;
    for label in host.split('.') {
        if label.is_empty() {
            return Err(empty(part, registry));
        }
        let last = label.chars().count() - 1;
        for (index, character) in label.chars().enumerate() {
            let inside = index != 0 && index != last;
            if !(character.is_ascii_alphanumeric() || inside && character == '-') {
                return Err(wrong(part, registry, character, start + index));
            }
        }
        start += last + 2;
    }
    port.map_or(Ok(()), |port| check_port(registry, port))
}

fn check_port(registry: &str, port: &str) -> Result<(), ReferenceError> {
    if port.is_empty() {
        return Err(empty(Part::Port, registry));
    }
    check_characters(Part::Port, port, port, 0, |character| {
        character.is_ascii_digit()
    })?;
    match port.parse::<u16>() {
        Ok(_) => Ok(()),
        Err(_) => Err(ReferenceError::Long {
            part: Part::Port,
            length: port.len(),
            most: 5,
        }),
    }
}

pub(super) fn check_repository(name: &str) -> Result<(), ReferenceError> {
    let part = Part::Repository;
    let length = name.chars().count();
    if length > LONGEST_NAME {
        let most = LONGEST_NAME;
        return Err(ReferenceError::Long { part, length, most });
    }
    let mut start = 0;
    for component in name.split('/') {
        check_component(name, component, start)?;
        start += component.chars().count() + 1;
    }
    Ok(())
}

/// One component; `start` is where it stands in the name.
fn check_component(name: &str, component: &str, start: usize) -> Result<(), ReferenceError> {
    let part = Part::Repository;
    if component.is_empty() {
        return Err(empty(part, name));
    }
    // The separator that is being read; only a run of letters or digits may follow or end it.
    let mut separator = String::new();
    let mut last = None;
    for (index, character) in component.chars().enumerate() {
        match character {
            'a'..='z' | '0'..='9' => separator.clear(),
            '.' | '_' | '-' if index != 0 => {
                separator.push(character);
                let dashes = separator.chars().all(|character| character == '-');
                if !(dashes || matches!(separator.as_str(), "." | "_" | "__")) {
                    return Err(wrong(part, name, character, start + index));
                }
            }
            _ => return Err(wrong(part, name, character, start + index)),
        }
        last = Some((character, start + index));
    }
    match last {
        Some((character, position)) if !separator.is_empty() => {
            Err(wrong(part, name, character, position))
        }
        _ => Ok(()),
    }
}

pub(super) fn check_tag(tag: &str) -> Result<(), ReferenceError> {
    let part = Part::Tag;
    if tag.is_empty() {
        return Err(empty(part, tag));
    }
    for (index, character) in tag.chars().enumerate() {
        let inside = index != 0 && matches!(character, '.' | '-');
        if !(character.is_ascii_alphanumeric() || character == '_' || inside) {
            return Err(wrong(part, tag, character, index));
        }
    }
    if tag.len() > LONGEST_TAG {
        let (length, most) = (tag.len(), LONGEST_TAG);
        return Err(ReferenceError::Long { part, length, most });
    }
    Ok(())
}

fn check_characters(
    part: Part,
    input: &str,
    text: &str,
    start: usize,
    fits: impl Fn(char) -> bool,
) -> Result<(), ReferenceError> {
    match text
        .chars()
        .enumerate()
        .find(|(_, character)| !fits(*character))
    {
        Some((index, character)) => Err(wrong(part, input, character, start + index)),
        None => Ok(()),
    }
}

fn wrong(part: Part, input: &str, character: char, index: usize) -> ReferenceError {
    ReferenceError::Character {
        part,
        input: input.chars().take(300).collect(),
        character,
        position: index + 1,
    }
}

fn empty(part: Part, input: &str) -> ReferenceError {
    let input = input.chars().take(300).collect();
    ReferenceError::Empty { part, input }
}
