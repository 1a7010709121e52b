"""Plain checks of the media: what a viewer would call broken."""
