"""From files, frames and tables to relations of facts."""
