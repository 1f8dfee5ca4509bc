//! The problems of one macro call, told together.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

#[derive(Default)]
pub(crate) struct Diagnostics {
    errors: Vec<syn::Error>,
}

impl Diagnostics {
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.errors.push(error);
    }

    /// Adds a problem, for the user to see under `place`.
    pub(crate) fn add(&mut self, place: impl ToTokens, problem: impl Display) {
        self.push(syn::Error::new_spanned(place, problem));
    }

    pub(crate) fn len(&self) -> usize {
        self.errors.len()
    }

    /// The expression, which keeps its type so that the code around it gets no error of its own.
    pub(crate) fn before(self, expression: TokenStream) -> TokenStream {
        if self.errors.is_empty() {
            return expression;
        }
        let errors = self.errors.iter().map(syn::Error::to_compile_error);
        quote!({ #(#errors)* #expression })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// The item, which stays in the source so that what uses it gets no error of its own.
    pub(crate) fn beside(self, item: &TokenStream) -> TokenStream {
        let errors = self.errors.iter().map(syn::Error::to_compile_error);
        quote!(#(#errors)* #item)
    }
}
