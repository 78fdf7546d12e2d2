
# ---- Plans: what an action does, as a list of steps ---------------------------------------------------------------------------

# First installation, and the same version again: nothing is stopped that is as it should be.
function Get-InstallPlan {
    param([object] $Release, [string] $Slot)
    $Version = $Release.product.version
    New-Step 'keep-release' $Version
    if ($Release.mode -eq 'msi') {
        Get-PackagePlan $Release
    }
    else {
        New-Step 'programs' $Version
        foreach ($Unit in @(Get-Instance $Release $Slot)) { New-Step 'replace' $Version $Unit.Instance.service_name }
    }
    foreach ($Unit in @(Get-Instance $Release $Slot)) { New-Step 'start' $Version $Unit.Instance.service_name }
    if (Test-Front $Release) {
        New-Step 'traffic' $Version '' $Slot 100
        New-Step 'front' $Version
        New-Step 'traffic' $Version '' $Slot 100
    }
    New-Step 'record' $Version '' $Slot
}

# The next version, or the one before: in the other slot where there are slots, one after the other where there are none.
function Get-ChangePlan {
    param([object] $Release, [string] $Slot, [string] $OldSlot, [bool] $Judge)
    $Version = $Release.product.version
    New-Step 'keep-release' $Version
    if ($Release.mode -eq 'msi') {
        Get-PackagePlan $Release
        foreach ($Unit in @(Get-Instance $Release)) { New-Step 'start' $Version $Unit.Instance.service_name }
        if (Test-Front $Release) {
            New-Step 'front' $Version
            New-Step 'traffic' $Version '' $Slot 100
        }
        New-Step 'record' $Version '' $Slot
        New-Step 'clean' $Version
        return
    }
    New-Step 'programs' $Version
    $Slotted = @(Get-Instance $Release $Slot | Where-Object { $_.Instance.slot })
    foreach ($Unit in $Slotted) { New-Step 'replace' $Version $Unit.Instance.service_name }
    foreach ($Unit in $Slotted) { New-Step 'start' $Version $Unit.Instance.service_name }
    if ($Slotted.Count -gt 0) {
        if (Test-Front $Release) {
            # The old slot keeps all traffic while what stands in front is brought up to date.
            if ($Judge) { New-Step 'traffic' $Version '' $Slot 0 }
            New-Step 'front' $Version
        }
        $Shares = @(100)
        if ($Judge -and $Release.rollout.strategy -eq 'canary') { $Shares = @($Release.rollout.steps) }
        foreach ($Share in $Shares) {
            New-Step 'traffic' $Version '' $Slot $Share
            if ($Judge -and $Release.rollout.strategy -eq 'canary') { New-Step 'judge' $Version '' $Slot $Share }
        }
        New-Step 'drain' $Version
        foreach ($Unit in @(Get-Instance $Release $OldSlot | Where-Object { $_.Instance.slot -and $OldSlot -ne $Slot })) {
            New-Step 'retire' $Version $Unit.Instance.service_name
        }
    }
    Get-InPlacePlan $Release $Slot
    New-Step 'record' $Version '' $Slot
    New-Step 'clean' $Version
}

# What Windows Installer does, and what it does not.
function Get-PackagePlan {
    param([object] $Release)
    $Version = $Release.product.version
    New-Step 'package' $Version
    foreach ($Unit in @(Get-Instance $Release)) { New-Step 'firewall' $Version $Unit.Instance.service_name }
}

# Instances without a slot are replaced where they are; with several of them, each one is taken out of the traffic before.
function Get-InPlacePlan {
    param([object] $Release, [string] $Slot)
    $Version = $Release.product.version
    $Units = @(Get-Instance $Release | Where-Object { -not $_.Instance.slot })
    foreach ($Unit in $Units) {
        $Shared = (Test-Front $Release) -and (@($Unit.Service.instances).Count -gt 1)
        if ($Shared) {
            New-Step 'traffic' $Version $Unit.Instance.service_name $Slot 100
            New-Step 'drain' $Version
        }
        New-Step 'replace' $Version $Unit.Instance.service_name
        New-Step 'start' $Version $Unit.Instance.service_name
        if ($Shared) { New-Step 'traffic' $Version '' $Slot 100 }
    }
    if ($Units.Count -gt 0 -and (Test-Front $Release)) {
        New-Step 'front' $Version
        New-Step 'traffic' $Version '' $Slot 100
    }
}

function Get-UninstallPlan {
    param([object] $Release, [object] $Record)
    $Version = $Release.product.version
    if (Test-Front $Release) { New-Step 'remove-front' $Version }
    if ($Release.mode -eq 'msi') { New-Step 'remove-package' $Version }
    else {
        foreach ($Name in @($Record.services)) { New-Step 'remove-service' $Version $Name }
        foreach ($Name in @($Record.events)) { New-Step 'remove-event-source' $Version $Name }
    }
    foreach ($Name in @($Record.firewall)) { New-Step 'remove-firewall' $Version $Name }
    New-Step 'remove-files' $Version '' '' ([int][bool]$Purge)
}

# What a release makes on the server, remembered so that removal leaves nothing behind.
function New-Record {
    param([object] $Current, [object] $Previous, [object[]] $Releases)
    $Services = @($Releases | ForEach-Object { Get-Instance $_ } | ForEach-Object { $_.Instance.service_name } | Sort-Object -Unique)
    $Firewall = @($Releases | ForEach-Object { $_.firewall } | ForEach-Object { $_.name } | Sort-Object -Unique)
    $Events = @($Releases | ForEach-Object { $_.services } | ForEach-Object { $_.event_source } | Sort-Object -Unique)
    return [pscustomobject]@{ current = $Current; previous = $Previous; services = $Services; firewall = $Firewall; events = $Events }
}

function New-Place {
    param([string] $Version, [string] $Slot)
    return [pscustomobject]@{ version = $Version; slot = $Slot }
}

function Get-OtherSlot {
    param([string] $Slot)
    if ($Slot -eq 'blue') { return 'green' }
    return 'blue'
}
