"""What cures a reason: commands of each family of images, and the packages that bring libraries."""
