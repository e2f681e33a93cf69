"""The words: frozen structs that every other part speaks; the OpenAPI document and the TypeScript types come from here."""
