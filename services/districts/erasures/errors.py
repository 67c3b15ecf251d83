from shared.errors import Conflict


class ErasureNotPlanned(Conflict, title="Only an erasure whose plan is made can be applied or cancelled"):
    pass


class UnderLegalHold(Conflict, title="A legal hold keeps this person's data from being erased"):
    pass


class PersonErased(Conflict, title="This person was erased, and is not brought back"):
    pass
