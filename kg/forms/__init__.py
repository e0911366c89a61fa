"""Forms: the property shapes and their overlay as what people fill in, and what they filled in as statements."""

from kg.forms.filling import fill_form
from kg.forms.known import Known, Option, load_known
from kg.forms.model import Field, Form, Group, Part, load_forms
from kg.forms.reading import Answers, read_form
from kg.forms.statements import Stated, state_rows

__all__ = ["Answers", "Field", "Form", "Group", "Known", "Option", "Part", "Stated", "fill_form", "load_forms", "load_known", "read_form",
           "state_rows"]
