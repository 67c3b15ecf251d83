from shared.errors import Forbidden, Invalid


class PurposeMissing(Invalid, title="The district's data-use policy wants to know for what: say a purpose"):
    pass


class PurposeNotAllowed(Forbidden, title="The district's data-use policy does not allow this purpose"):
    pass
