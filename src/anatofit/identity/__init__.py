"""Who the patient is, and who must not know: de-identification, pseudonyms, the site's vault, faces."""
