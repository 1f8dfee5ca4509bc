//! What the compiler says to mistakes in the macros: one file a mistake.

#[test]
fn each_mistake_is_told_where_it_stands() {
    trybuild::TestCases::new().compile_fail("ui/*/*.rs");
}
