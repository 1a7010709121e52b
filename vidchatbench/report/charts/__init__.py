"""Where things stand in a picture, in per cent of its width; the templates only draw."""
