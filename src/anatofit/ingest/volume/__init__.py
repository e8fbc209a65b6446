"""The pictures of one series as one volume on a straight grid."""
