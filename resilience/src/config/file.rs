//! The layer of the file.

use std::{ops::Range, sync::Arc};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    problem::{Origin, Problem},
    service::{SECTIONS, Service},
    sheet::{self, Sheet, Written, quoted},
    suggestion::meant,
    words::KINDS,
};
use crate::{PolicyKind, name, presets};

/// Reads a file's text onto the sheet, over what is there. Every problem with its line.
pub(crate) fn read(file: &Arc<str>, text: &str, sheet: &mut Sheet) -> Vec<Problem> {
    let lines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect();
    let mut reader = Reader { file, text, lines, sheet, problems: Vec::new() };
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors.iter().take(MOST) {
        reader.syntax(error);
    }
    let broken: Vec<_> = reader.problems.iter().filter_map(Problem::line).collect();
    reader.document(document.get_ref());
    let mut problems = reader.problems;
    // What is left of a line that cannot be read says nothing.
    let mut read = 0;
    problems.retain(|problem| {
        read += 1;
        read <= broken.len() || problem.line().is_none_or(|line| !broken.contains(&line))
    });
    problems.sort_by_key(Problem::line);
    problems
}

/// So many problems of a file are reported at most. Whoever wrote that many has one mistake in common.
const MOST: usize = 100;

struct Reader<'a> {
    file: &'a Arc<str>,
    text: &'a str,
    /// Where the lines end.
    lines: Vec<usize>,
    sheet: &'a mut Sheet,
    problems: Vec<Problem>,
}

type Table<'a> = DeTable<'a>;
type Value<'a> = Spanned<DeValue<'a>>;

impl Reader<'_> {
    fn origin(&self, span: &Range<usize>) -> Origin {
        let line = 1 + self.lines.partition_point(|end| *end < span.start);
        Origin::Line(Arc::clone(self.file), line)
    }

    fn problem(&mut self, span: &Range<usize>, key: String, message: impl Into<String>) {
        let origin = self.origin(span);
        self.push(Problem { origin, key, message: message.into() });
    }

    /// Whether so much is wrong that the rest need not be read.
    fn is_hopeless(&self) -> bool {
        self.problems.len() >= MOST
    }

    fn push(&mut self, problem: Problem) {
        if !self.is_hopeless() {
            self.problems.push(problem);
        }
    }

    fn syntax(&mut self, error: &toml::de::Error) {
        let span = error.span().unwrap_or(0..0);
        let origin = self.origin(&span);
        let line = match origin {
            Origin::Line(_, line) => self.text.lines().nth(line - 1).unwrap_or(""),
            Origin::Variable(_) => "",
        };
        // `open_for = 30s`: what stands bare in an attribute is a text here.
        let value = line.split_once('=').map_or("", |(_, value)| value.trim());
        let bare = value.split('#').next().unwrap_or("").trim_end();
        let is_bare = bare.starts_with(|c: char| c.is_ascii_alphanumeric())
            && !bare.contains(['"', '\''])
            && DeValue::parse(bare).is_err();
        let is_name = line.trim_start().starts_with('[') && line.contains("::");
        let message = if is_bare {
            format!(
                "this is no value; anything but numbers, `true` and `false` stands in quotes: `\"{bare}\"`"
            )
        } else if is_name {
            "a name with `::` in it stands in quotes, as in `[retry.\"shop::stock\"]`".to_owned()
        } else {
            error.message().trim().replace('\n', ", ")
        };
        self.problems.push(Problem { origin, key: String::new(), message });
    }

    fn document(&mut self, document: &Table<'_>) {
        for (key, value) in document {
            if self.is_hopeless() {
                return;
            }
            let section = key.get_ref().as_ref();
            let kind = KINDS.iter().copied().find(|kind| kind.as_str() == section);
            let is_known = kind.is_some() || section == "global" || section == "service";
            if !is_known {
                self.unknown_section(&key.span(), section);
                continue;
            }
            let Some(table) = value.get_ref().as_table() else {
                let message = format!("`{section}` is a section: write `[{section}]` above its keys");
                self.problem(&key.span(), section.to_owned(), message);
                continue;
            };
            match kind {
                Some(kind) => self.kind(kind, table),
                None if section == "global" => self.global(table),
                None => self.services(table),
            }
        }
    }

    fn unknown_section(&mut self, span: &Range<usize>, section: &str) {
        let sections = KINDS.iter().map(|kind| kind.as_str()).chain(["global", "service"]);
        let message = format!("unknown section{}", meant(section, sections));
        self.problem(span, quoted(section), message);
    }

    fn kind(&mut self, kind: PolicyKind, table: &Table<'_>) {
        for (key, value) in table {
            if self.is_hopeless() {
                return;
            }
            match value.get_ref().as_table() {
                Some(settings) => {
                    let name = key.get_ref().as_ref();
                    if let Some(problem) = name::problem(name) {
                        self.problem(&key.span(), kind.as_str().to_owned(), problem);
                        continue;
                    }
                    for (key, value) in settings {
                        if self.is_hopeless() {
                            return;
                        }
                        self.setting(kind, Some(name), key, value);
                    }
                }
                None => self.setting(kind, None, key, value),
            }
        }
    }

    fn setting(
        &mut self,
        kind: PolicyKind,
        name: Option<&str>,
        key: &Spanned<toml::de::DeString<'_>>,
        value: &Value<'_>,
    ) {
        let word = key.get_ref().as_ref();
        let path = sheet::path(kind, name, &quoted(word));
        let text = match self.scalar(value) {
            Ok(text) => text,
            Err(mut message) => {
                if let (Some(name), true) = (name, value.get_ref().is_table()) {
                    let whole = format!("{name}.{word}");
                    message =
                        format!("a name with a dot in it stands in quotes: `[{}.{whole:?}]`", kind.as_str());
                }
                return self.problem(&key.span(), path, message);
            }
        };
        let origin = self.origin(&key.span());
        let name = name.map(ToOwned::to_owned);
        let setting = Written { kind, name, key: word.to_owned(), origin, path };
        if let Err(problem) = self.sheet.write(setting, &text) {
            self.push(problem);
        }
    }

    fn global(&mut self, table: &Table<'_>) {
        for (key, value) in table.iter().take(MOST) {
            let word = key.get_ref().as_ref();
            let written = self.scalar(value).and_then(|text| self.sheet.write_global(word, &text));
            if let Err(message) = written {
                self.problem(&key.span(), format!("global.{}", quoted(word)), message);
            }
        }
    }

    fn services(&mut self, table: &Table<'_>) {
        for (key, value) in table {
            if self.is_hopeless() {
                return;
            }
            let name = key.get_ref().as_ref();
            let path = format!("service.{}", quoted(name));
            if let Some(problem) = name::problem(name) {
                self.problem(&key.span(), "service".to_owned(), problem);
                continue;
            }
            let Some(sections) = value.get_ref().as_table() else {
                let message = format!("a service is a section: write `[{path}]` above its keys");
                self.problem(&key.span(), path, message);
                continue;
            };
            let mut service = self.sheet.services.remove(name).unwrap_or_default();
            self.service(&path, sections, &mut service);
            for (section, setting, message) in service.finish() {
                self.problem(&key.span(), format!("{path}.{section}.{setting}"), message);
            }
            self.sheet.services.insert(name.to_owned(), service);
        }
    }

    fn service(&mut self, path: &str, sections: &Table<'_>, service: &mut Service) {
        for (key, value) in sections.iter().take(MOST) {
            let (word, span) = (key.get_ref().as_ref(), key.span());
            let path = format!("{path}.{}", quoted(word));
            if word == "preset" {
                match self.scalar(value).and_then(|name| preset(&name)) {
                    Ok(name) => service.preset = Some(name),
                    Err(message) => self.problem(&span, path, message),
                }
                continue;
            }
            if !SECTIONS.contains(&word) {
                let keys = ["preset"].into_iter().chain(SECTIONS.iter().copied());
                let message = format!("unknown key{}", meant(word, keys));
                self.problem(&span, path, message);
                continue;
            }
            let Some(settings) = value.get_ref().as_table() else {
                let message = format!("expected settings, as in `{word} = {{ .. }}`");
                self.problem(&span, path, message);
                continue;
            };
            service.open(word);
            for (key, value) in settings.iter().take(MOST) {
                let setting = key.get_ref().as_ref();
                let written = self.scalar(value).and_then(|text| service.write(word, setting, &text));
                if let Err(message) = written {
                    self.problem(&key.span(), format!("{path}.{}", quoted(setting)), message);
                }
            }
        }
    }

    /// A value as an attribute would write it.
    fn scalar(&self, value: &Value<'_>) -> Result<String, String> {
        match value.get_ref() {
            DeValue::String(text) => Ok(text.clone().into_owned()),
            DeValue::Integer(number) => match i128::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Ok(number.to_string()),
                Err(_) => Ok(number.as_str().to_owned()),
            },
            DeValue::Float(number) => Ok(number.as_str().to_owned()),
            DeValue::Boolean(flag) => Ok(flag.to_string()),
            DeValue::Datetime(_) => {
                let text = self.text.get(value.span()).unwrap_or("");
                Err(format!("`{text}` is a date or a time of day; a duration is written `\"30s\"`"))
            }
            DeValue::Array(_) | DeValue::Table(_) => {
                Err("expected one value: a number, `true` or `false`, or a text in quotes".to_owned())
            }
        }
    }
}

fn preset(text: &str) -> Result<&'static str, String> {
    if let Some((name, _)) = presets::ALL.iter().find(|(name, _)| *name == text) {
        return Ok(name);
    }
    Err(format!("unknown preset `{text}`{}", meant(text, presets::ALL.iter().map(|(name, _)| *name))))
}
