//! Ways in: what devices and vendors send, decoded and judged.
