from shared.errors import AppError


class WebhookArchived(AppError, status=409, title="This webhook is archived: it is told nothing more"):
    pass


class WebhookDisabled(AppError, status=409, title="This webhook is disabled: enable it first"):
    pass


class DeliveryNotOver(AppError, status=409, title="Only a delivery that is over is sent again"):
    pass
