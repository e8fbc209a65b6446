"""Where a scan comes from: a DICOM listener that takes what is sent, and a pull from an archive by accession or study."""
