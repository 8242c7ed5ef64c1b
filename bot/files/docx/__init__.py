"""Word files: forms that are filled in, each replaceable by a template of the user's own.

A form is written down once (`form.Form`); from it comes the template that Word opens, and the
template is what is filled in. Whoever wants another look takes the template out, edits it in Word
and names it in the configuration: the fields are in Chinese and stay the same. Only `form` is
quick to import; what knows the libraries is loaded when a document is written.
"""
