"""Tables in lines of text: which bytes are whole records, where cells begin and end, and what a line says of them."""
