"""What the service itself keeps beside the index: keys of editors and records of use."""
