"""What guides have in common: a base that is set down on bone along one way, sleeves for pins and drills, letters. No device."""
