//! The arguments of an attribute as the user wrote them. A mistake in one leaves the others standing, so that
//! one compilation shows all of them, and half-typed input in an editor too.

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Expr, Ident, Token,
    ext::IdentExt as _,
    parenthesized,
    parse::{ParseStream, Parser as _},
    punctuated::Punctuated,
    token::Paren,
};

use super::{
    Need,
    kind::{Kind, ORGANIZATION, PERMISSION, ROLE, Word},
    name, operators,
    siblings::{self, Level},
};
use crate::{diagnostics::Diagnostics, paths::Library};

pub(super) fn arguments(
    arguments: TokenStream,
    problems: &mut Diagnostics,
) -> (Option<Library>, Vec<Need>) {
    let mut reader = Reader {
        library: None,
        problems,
    };
    let mut needs = Vec::new();
    let parser = |input: ParseStream<'_>| {
        (needs, _) = reader.needs(input, Level::Attribute);
        Ok(())
    };
    if let Err(problem) = parser.parse2(arguments) {
        reader.problems.push(problem);
    }
    (reader.library, needs)
}

struct Reader<'p> {
    library: Option<Library>,
    problems: &'p mut Diagnostics,
}

impl Reader<'_> {
    /// What is right among the arguments of one level, and how many there are.
    fn needs(&mut self, input: ParseStream<'_>, level: Level) -> (Vec<Need>, usize) {
        let mut needs = Vec::new();
        let mut written = 0;
        while !input.is_empty() {
            written += 1;
            let argument = self.argument(input, level, &needs);
            self.told(input, argument.map(|need| needs.extend(need)));
        }
        (needs, written)
    }

    /// Goes to what stands behind the next comma, and tells what went wrong before.
    fn told(&mut self, input: ParseStream<'_>, read: syn::Result<()>) {
        if let Err(problem) = read.and_then(|()| comma(input)) {
            self.problems.push(problem);
            while !input.is_empty() && !matches!(input.parse::<Option<Token![,]>>(), Ok(Some(_))) {
                if input.parse::<TokenTree>().is_err() {
                    return;
                }
            }
        }
    }

    fn argument(
        &mut self,
        input: ParseStream<'_>,
        level: Level,
        before: &[Need],
    ) -> syn::Result<Option<Need>> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error("expected an argument, such as `role = \"admin\"`"));
        }
        let word = Ident::parse_any(input)?;
        let need = match Word::of(&word)? {
            Word::Library => self.library(&word, input, level).map(|()| None),
            Word::Organization => organization(&word, input).map(Some),
            Word::One(kind) => one(kind, &word, input).map(Some),
            Word::Several(kind) => self.several(kind, &word, input),
            Word::Any => self
                .group(&word, input, Level::Any)
                .map(|needs| Some(Need::Any(needs))),
            Word::All => self
                .group(&word, input, Level::All)
                .map(|needs| Some(Need::All(needs))),
        }?;
        if let Some(need) = &need {
            siblings::check(before, &word, need, level)?;
        }
        Ok(need)
    }

    fn library(&mut self, word: &Ident, input: ParseStream<'_>, level: Level) -> syn::Result<()> {
        let problem = if level != Level::Attribute {
            "`crate` says where the library is, which is no rule; write it outside of `any` and `all`"
        } else if self.library.is_some() {
            "a second `crate`; the library is in one place, so keep one"
        } else {
            self.library = Some(Library::read(word, input)?);
            return Ok(());
        };
        Err(syn::Error::new(word.span(), problem))
    }

    /// `roles("a", "b")`.
    fn several(
        &mut self,
        kind: &'static Kind,
        word: &Ident,
        input: ParseStream<'_>,
    ) -> syn::Result<Option<Need>> {
        if !input.peek(Paren) {
            let names = if input.peek(Token![=]) {
                value(input)?
            } else {
                None
            };
            let names = match names {
                Some(Expr::Array(array)) => array.elems.into_iter().collect(),
                Some(name) => vec![name],
                None => Vec::new(),
            };
            return Err(syn::Error::new(word.span(), forms(kind, &names)));
        }
        let content;
        let parentheses = parenthesized!(content in input);
        if content.is_empty() {
            let Kind {
                several,
                noun,
                examples,
                ..
            } = kind;
            let problem = format!("name the {noun}s in it, such as `{several}({examples})`");
            return Err(syn::Error::new(parentheses.span.join(), problem));
        }
        let mut names = Vec::new();
        while !content.is_empty() {
            let name = listed(kind, &names, &content);
            self.told(&content, name.map(|name| names.push(name)));
        }
        Ok((!names.is_empty()).then_some(Need::Names { kind, names }))
    }

    /// `any(…)` or `all(…)`.
    fn group(
        &mut self,
        word: &Ident,
        input: ParseStream<'_>,
        level: Level,
    ) -> syn::Result<Vec<Need>> {
        let example = format!("{word}(role = \"admin\", permission = \"reports:export\")");
        if !input.peek(Paren) {
            let problem = format!("`{word}` takes rules in parentheses; write `{example}`");
            return Err(syn::Error::new(word.span(), problem));
        }
        let content;
        let parentheses = parenthesized!(content in input);
        if content.is_empty() {
            let problem = format!("name the rules in it, such as `{example}`");
            return Err(syn::Error::new(parentheses.span.join(), problem));
        }
        if let Some(problem) = only_names(word, &content, level)? {
            return Err(syn::Error::new(parentheses.span.join(), problem));
        }
        let (needs, written) = self.needs(&content, level);
        if written == 1 && needs.len() == 1 {
            let problem = format!("`{word}` of one rule is that rule; write it alone");
            return Err(syn::Error::new(word.span(), problem));
        }
        Ok(needs)
    }
}

/// `organization`, or `organization = "org_…"`.
fn organization(word: &Ident, input: ParseStream<'_>) -> syn::Result<Need> {
    let kind = &ORGANIZATION;
    if at_end(input) {
        return Ok(Need::Organization(word.clone()));
    }
    if input.peek(Paren) {
        let problem = match &*enclosed(input)? {
            [id] if name::check(id, kind).is_ok() => {
                format!("write `organization = {}`", name::written(id))
            }
            [] | [_] => "write `organization` for any, or `organization = \"org_…\"`".to_owned(),
            ids => forms(kind, ids),
        };
        return Err(syn::Error::new(word.span(), problem));
    }
    let Some(id) = assigned(input, "organization = \"org_…\"")? else {
        let problem = "write the id behind it, such as `organization = \"org_…\"`, or `organization` alone for any";
        return Err(syn::Error::new(word.span(), problem));
    };
    name::check(&id, kind)?;
    Ok(Need::Names {
        kind,
        names: vec![id],
    })
}

/// `role = "a"`.
fn one(kind: &'static Kind, word: &Ident, input: ParseStream<'_>) -> syn::Result<Need> {
    if input.peek(Paren) {
        let names = enclosed(input)?;
        return Err(syn::Error::new(word.span(), forms(kind, &names)));
    }
    let Kind {
        one, noun, example, ..
    } = kind;
    let example = format!("{one} = {example}");
    let Some(name) = assigned(input, &example)? else {
        let problem = format!("write the {noun} behind it, such as `{example}`");
        return Err(syn::Error::new(word.span(), problem));
    };
    name::check(&name, kind)?;
    Ok(Need::Names {
        kind,
        names: vec![name],
    })
}

/// How one and several are written, with the user's own names where they can be.
fn forms(kind: &'static Kind, names: &[Expr]) -> String {
    let Kind {
        one,
        several,
        noun,
        example,
        examples,
        ..
    } = kind;
    let names = if names.iter().all(|name| name::check(name, kind).is_ok()) {
        name::written_once(names)
    } else {
        Vec::new()
    };
    let (name, names) = match &*names {
        [] => (*example, *examples),
        [name] => (&**name, *examples),
        names => return kind.several_are(names),
    };
    format!(
        "write `{one} = {name}` for one {noun}, or `{several}({names})` where {}",
        kind.meaning()
    )
}

/// A name in a list.
fn listed(kind: &'static Kind, before: &[Expr], content: ParseStream<'_>) -> syn::Result<Expr> {
    let name = name::expression(content)?;
    if matches!(name, Expr::Assign(_)) {
        let problem = format!(
            "write the names alone, such as `{}({})`",
            kind.several, kind.examples
        );
        return Err(syn::Error::new_spanned(name, problem));
    }
    name::check(&name, kind)?;
    let written = name::written(&name);
    if before.iter().any(|before| name::written(before) == written) {
        let problem = format!("`{written}` is in the list already");
        return Err(syn::Error::new_spanned(name, problem));
    }
    Ok(name)
}

/// What stands in the parentheses of an argument that takes none, if that are expressions.
fn enclosed(input: ParseStream<'_>) -> syn::Result<Vec<Expr>> {
    let content;
    parenthesized!(content in input);
    let content: TokenStream = content.parse()?;
    let expressions = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(content);
    Ok(expressions.into_iter().flatten().collect())
}

/// What is wrong with `any("admin", "owner")`, and then reads to the end of it.
fn only_names(word: &Ident, content: ParseStream<'_>, level: Level) -> syn::Result<Option<String>> {
    let Ok(names) = Punctuated::<Expr, Token![,]>::parse_terminated(&content.fork()) else {
        return Ok(None);
    };
    if !names.iter().all(name::is_unmistakable) {
        return Ok(None);
    }
    content.parse::<TokenStream>()?;
    let of = |kind: &'static Kind| names.iter().all(|name| name::check(name, kind).is_ok());
    let kind = match level {
        Level::Any
            if of(&ORGANIZATION) && names.iter().any(|name| name::literal(name).is_some()) =>
        {
            &ORGANIZATION
        }
        Level::All => &PERMISSION,
        _ => &ROLE,
    };
    let Kind {
        one,
        several,
        examples,
        ..
    } = kind;
    let names = if of(kind) {
        name::written_once(&names)
    } else {
        examples.split(", ").map(str::to_owned).collect()
    };
    let rules: Vec<_> = names.iter().map(|name| format!("{one} = {name}")).collect();
    Ok(Some(match &*rules {
        [rule] => {
            format!("rules stand inside `{word}(…)`, at least two of them; write `{rule}` for one")
        }
        rules => format!(
            "rules stand inside `{word}(…)`; write `{word}({})`, or `{several}({})` for short",
            rules.join(", "),
            names.join(", ")
        ),
    }))
}

/// The value that an argument must have, if there is one.
fn assigned(input: ParseStream<'_>, example: &str) -> syn::Result<Option<Expr>> {
    if at_end(input) {
        return Ok(None);
    }
    if !input.peek(Token![=]) {
        let instead = operators::here(input);
        let problem = instead.map_or_else(
            || format!("expected `=`, as in `{example}`"),
            ToOwned::to_owned,
        );
        return Err(input.error(problem));
    }
    value(input)
}

/// The value behind `=`, if there is one.
fn value(input: ParseStream<'_>) -> syn::Result<Option<Expr>> {
    input.parse::<Token![=]>()?;
    if at_end(input) {
        return Ok(None);
    }
    name::expression(input).map(Some)
}

fn at_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

fn comma(input: ParseStream<'_>) -> syn::Result<()> {
    if input.is_empty() || input.parse::<Option<Token![,]>>()?.is_some() {
        return Ok(());
    }
    Err(input.error(operators::here(input).unwrap_or("expected `,`")))
}
