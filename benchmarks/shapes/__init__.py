"""One shape, written twice: first → two side by side → one → one, with bodies that do nothing."""
