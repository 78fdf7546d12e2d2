
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
    Get-RemovalPlan 'install' $Release $Slot @(Get-Leftover 'install' $Release $Slot)
}

# The next version, or the one before: in the other slot where there are slots, one after the other where there are none. Everything
# behind `record` only cleans up.
function Get-ChangePlan {
    param([string] $Operation, [object] $Release, [string] $Slot, [bool] $Judge)
    $Version = $Release.product.version
    $Leftover = @(Get-Leftover $Operation $Release $Slot)
    New-Step 'keep-release' $Version
    if ($Release.mode -eq 'msi') {
        Get-PackagePlan $Release
        foreach ($Unit in @(Get-Instance $Release)) { New-Step 'start' $Version $Unit.Instance.service_name }
        if (Test-Front $Release) {
            New-Step 'front' $Version
            New-Step 'traffic' $Version '' $Slot 100
        }
    }
    else {
        New-Step 'programs' $Version
        foreach ($Old in @($Leftover | Where-Object { $_.When -eq 'first' })) { New-Step 'retire' $Version $Old.Name '' ([int]$Old.Gone) }
        Get-SlotPlan $Release $Slot $Judge ([bool]@($Leftover | Where-Object { $_.Gone -and $_.When -eq 'last' }).Count)
        Get-InPlacePlan $Release $Slot @($Leftover | Where-Object { $_.When -eq 'place' })
    }
    New-Step 'record' $Version '' $Slot
    if (@($Leftover | Where-Object { $_.When -eq 'last' }).Count -gt 0) { New-Step 'drain' $Version }
    foreach ($Old in @($Leftover | Where-Object { $_.When -eq 'last' })) { New-Step 'retire' $Version $Old.Name '' ([int]$Old.Gone) }
    Get-RemovalPlan $Operation $Release $Slot $Leftover
    New-Step 'clean' $Version
}

# The instances of the new slot beside those of the old one, and the traffic from these to them. A renamed service gets all of it at once:
# what stands in front knows its old slot by names that the new release does not have.
function Get-SlotPlan {
    param([object] $Release, [string] $Slot, [bool] $Judge, [bool] $Renamed)
    $Version = $Release.product.version
    $Slotted = @(Get-Instance $Release $Slot | Where-Object { $_.Instance.slot })
    if ($Slotted.Count -eq 0) { return }
    foreach ($Unit in $Slotted) { New-Step 'replace' $Version $Unit.Instance.service_name }
    foreach ($Unit in $Slotted) { New-Step 'start' $Version $Unit.Instance.service_name }
    if (Test-Front $Release) {
        # The old slot keeps all traffic while what stands in front is brought up to date.
        if ($Judge -and -not $Renamed) { New-Step 'traffic' $Version '' $Slot 0 }
        New-Step 'front' $Version
    }
    $Canary = $Judge -and $Release.rollout.strategy -eq 'canary'
    foreach ($Share in @(if ($Canary -and -not $Renamed) { $Release.rollout.steps } else { 100 })) {
        New-Step 'traffic' $Version '' $Slot $Share
        if ($Canary) { New-Step 'judge' $Version '' $Slot $Share }
    }
}

# What Windows Installer does, and what it does not.
function Get-PackagePlan {
    param([object] $Release)
    $Version = $Release.product.version
    New-Step 'package' $Version
    foreach ($Unit in @(Get-Instance $Release)) { New-Step 'firewall' $Version $Unit.Instance.service_name }
}

# Instances without a slot are replaced where they are, and one of a former name first makes room; with several of them, each one is
# taken out of the traffic before.
function Get-InPlacePlan {
    param([object] $Release, [string] $Slot, [object[]] $Leftover)
    $Version = $Release.product.version
    $Units = @(Get-Instance $Release | Where-Object { -not $_.Instance.slot })
    $Former = @($Units | ForEach-Object { Get-FormerName $_ })
    foreach ($Old in @($Leftover | Where-Object { $Former -notcontains $_.Name })) { New-Step 'retire' $Version $Old.Name '' 1 }
    foreach ($Unit in $Units) {
        $Shared = (Test-Front $Release) -and (@($Unit.Service.instances).Count -gt 1)
        if ($Shared) {
            New-Step 'traffic' $Version $Unit.Instance.service_name $Slot 100
            New-Step 'drain' $Version
        }
        $Names = @(Get-FormerName $Unit)
        foreach ($Old in @($Leftover | Where-Object { $Names -contains $_.Name })) { New-Step 'retire' $Version $Old.Name '' 1 }
        New-Step 'replace' $Version $Unit.Instance.service_name
        New-Step 'start' $Version $Unit.Instance.service_name
        if ($Shared) { New-Step 'traffic' $Version '' $Slot 100 }
    }
    if ($Units.Count -gt 0 -and (Test-Front $Release)) {
        New-Step 'front' $Version
        New-Step 'traffic' $Version '' $Slot 100
    }
}

# What the release does not want, and no version that stays.
function Get-RemovalPlan {
    param([string] $Operation, [object] $Release, [string] $Slot, [object[]] $Leftover)
    $Version = $Release.product.version
    $Made = Get-Made
    $Wanted = Get-Claim $Release $Slot
    $Previous = Get-NextPrevious $Operation $Release
    $Events = @($Wanted.events)
    if ($Previous) { $Events += @((Get-Claim (Get-Release $Previous.version) '').events) }
    foreach ($Former in @(Get-DroppedFront $Release)) { New-Step 'remove-front' $Former $Version }
    foreach ($Old in @($Leftover | Where-Object { $_.Remove })) { New-Step 'remove-service' $Version $Old.Name }
    foreach ($Name in @($Made.firewall | Where-Object { $Wanted.firewall -notcontains $_ })) { New-Step 'remove-firewall' $Version $Name }
    foreach ($Name in @($Made.events | Where-Object { $Events -notcontains $_ })) { New-Step 'remove-event-source' $Version $Name }
}

# The versions that put something in front of the product which the release no longer has there.
function Get-DroppedFront {
    param([object] $Release)
    $Record = Read-Record
    $Journal = Read-Journal
    $Versions = @(@(if ($Record) { $Record.current.version }) + @(if ($Journal) { $Journal.to.version }) | Sort-Object -Unique)
    foreach ($Version in @($Versions | Where-Object { $_ -ne $Release.product.version })) {
        $Kinds = Get-FrontDifference (Get-Release $Version) $Release
        if ($Kinds.iis -or $Kinds.nginx) { $Version }
    }
}

# Whether a release has IIS or nginx at places where another one has not.
function Get-FrontDifference {
    param([object] $Former, [object] $Release)
    $Old = $Former.proxy
    $New = $Release.proxy
    return @{
        iis   = [bool]$Old.iis -and (-not $New.iis -or $New.iis.site -ne $Old.iis.site)
        nginx = $Old.nginx -and $Old.nginx.directory -and (-not $New.nginx -or $New.nginx.directory -ne $Old.nginx.directory)
    }
}

function Get-UninstallPlan {
    param([object] $Release, [object] $Made)
    $Version = $Release.product.version
    if (Test-Front $Release) { New-Step 'remove-front' $Version }
    if ($Release.mode -eq 'msi') { New-Step 'remove-package' $Version }
    foreach ($Name in @($Made.services)) { New-Step 'remove-service' $Version $Name }
    if ($Release.mode -ne 'msi') { foreach ($Name in @($Made.events)) { New-Step 'remove-event-source' $Version $Name } }
    foreach ($Name in @($Made.firewall)) { New-Step 'remove-firewall' $Version $Name }
    New-Step 'remove-files' $Version '' '' ([int][bool]$Purge)
}
