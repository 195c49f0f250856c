//! LocoNav: the HTTP client of its API.
