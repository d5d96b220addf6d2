"""What each subcommand of `acervo` does; a module's imports are paid only when it is used."""
