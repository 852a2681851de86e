"""What the columns of somebody's file might hold: a mapping file to start from."""
