"""Commands and buttons: read the input, call a service, show the answer."""
