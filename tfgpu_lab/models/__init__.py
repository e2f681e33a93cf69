"""The words: frozen structs that all other parts speak; OpenAPI and the TypeScript types come from here."""
